/** Puts a file system under a container that runs, all or nothing. */
@NullMarked
package top.xtlsoft.stoppablecontainer.agent.attach;

import org.jspecify.annotations.NullMarked;
