/**
 * Puts a file system under a container that runs.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>An attach succeeds in whole, or leaves the container as it was.
 *   <li>A mount point is made below the new root only, through no link that leads out of it.
 *   <li>The thread that enters a container's mount namespace ends there, and loads no class inside.
 *   <li>No container enters a file system while a process of an earlier pod lives in it.
 * </ul>
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.agent.attach;

import org.jspecify.annotations.NullMarked;
