/** Tests of {@code top.xtlsoft.stoppablecontainer.agent.process}. */
@NullMarked
package top.xtlsoft.stoppablecontainer.agent.process;

import org.jspecify.annotations.NullMarked;
