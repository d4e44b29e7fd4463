/** Tests of {@code top.xtlsoft.stoppablecontainer.agent.filesystem.store}. */
@NullMarked
package top.xtlsoft.stoppablecontainer.agent.filesystem.store;

import org.jspecify.annotations.NullMarked;
