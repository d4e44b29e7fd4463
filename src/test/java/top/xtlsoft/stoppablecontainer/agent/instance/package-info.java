/** Tests of {@code top.xtlsoft.stoppablecontainer.agent.instance}. */
@NullMarked
package top.xtlsoft.stoppablecontainer.agent.instance;

import org.jspecify.annotations.NullMarked;
