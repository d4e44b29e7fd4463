/**
 * Wakes the agent when a file appears in the request folder of a pod (inotify).
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>An event says only where to look: no name and no content of it is used.
 *   <li>A lost event delays a request and loses none, because each folder is looked into from time
 *       to time.
 * </ul>
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.agent.watch;

import org.jspecify.annotations.NullMarked;
