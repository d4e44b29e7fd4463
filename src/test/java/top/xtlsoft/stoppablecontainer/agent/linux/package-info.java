/** Tests of {@code top.xtlsoft.stoppablecontainer.agent.linux}. */
@NullMarked
package top.xtlsoft.stoppablecontainer.agent.linux;

import org.jspecify.annotations.NullMarked;
