/** The persistent file systems: their folders, their mounts on the node, and their end. */
@NullMarked
package top.xtlsoft.stoppablecontainer.agent.filesystem;

import org.jspecify.annotations.NullMarked;
