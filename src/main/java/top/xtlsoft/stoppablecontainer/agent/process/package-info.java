/**
 * Processes of pods: which one asks, which pod it belongs to, what it has mounted.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>A requester is held by a pidfd before anything is believed of it, because its number can be
 *       reused.
 *   <li>A process belongs to the pod that its cgroup names; its environment and arguments are
 *       hostile.
 *   <li>No look at a process waits for a file system that the process chose.
 * </ul>
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.agent.process;

import org.jspecify.annotations.NullMarked;
