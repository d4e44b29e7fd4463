/**
 * The persistent file systems: their mounts on the node, their sizes, and their end.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>An upper folder is mounted over the layers that it was made on, or over layers with the
 *       same content, and over no others.
 *   <li>A file system is mounted once per instance and boot, in the mount namespace of the node's
 *       PID 1.
 *   <li>Nothing is removed because the API server does not know it: it is set aside.
 *   <li>A tree that a container wrote is walked by {@code TreeWalker} alone.
 * </ul>
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.agent.filesystem;

import org.jspecify.annotations.NullMarked;
