/**
 * Where the file systems of instances are kept on the node.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>Only this package knows that a file system lies below a host path. A new kind of storage is
 *       a new {@link top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore}.
 *   <li>An {@link top.xtlsoft.stoppablecontainer.agent.filesystem.store.InstanceFolder} is reached
 *       by descriptors: below the prefix no symlink is followed.
 *   <li>A job that changes a folder holds its lock alone; a job that uses it holds the lock
 *       together with others ({@link
 *       top.xtlsoft.stoppablecontainer.agent.filesystem.store.InstanceLocks}).
 *   <li>{@code instance.json} is replaced in one step, and says whose the folder is before anything
 *       else lies in it.
 * </ul>
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.agent.filesystem.store;

import org.jspecify.annotations.NullMarked;
