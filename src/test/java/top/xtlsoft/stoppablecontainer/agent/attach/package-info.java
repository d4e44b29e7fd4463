/** Tests of {@code top.xtlsoft.stoppablecontainer.agent.attach}. */
@NullMarked
package top.xtlsoft.stoppablecontainer.agent.attach;

import org.jspecify.annotations.NullMarked;
