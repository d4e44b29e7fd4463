/**
 * What pods ask for, and what the agent answers: from {@code request.json} to {@code ready.json}
 * and the pod's condition.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>Everything in a request folder is hostile: the agent opens one name, follows no link, and
 *       waits for nothing.
 *   <li>The process that asks is the one that holds the lock on the file, and its cgroup has to be
 *       the pod's; what the file says of the process counts for nothing.
 *   <li>An answer names the request it is for, and is replaced in one step.
 *   <li>A request stays open until it is answered, so an agent that starts takes up what the last
 *       one left.
 * </ul>
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.agent.request;

import org.jspecify.annotations.NullMarked;
