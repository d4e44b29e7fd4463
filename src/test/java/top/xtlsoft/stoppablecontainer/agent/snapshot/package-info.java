/** Tests of {@code top.xtlsoft.stoppablecontainer.agent.snapshot}. */
@NullMarked
package top.xtlsoft.stoppablecontainer.agent.snapshot;

import org.jspecify.annotations.NullMarked;
