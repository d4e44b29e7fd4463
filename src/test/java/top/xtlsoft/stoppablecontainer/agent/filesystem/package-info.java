/** Tests of {@code top.xtlsoft.stoppablecontainer.agent.filesystem}. */
@NullMarked
package top.xtlsoft.stoppablecontainer.agent.filesystem;

import org.jspecify.annotations.NullMarked;
