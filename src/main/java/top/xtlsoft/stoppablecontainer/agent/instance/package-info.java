/**
 * The work for an instance that no pod asks for: sync, count, report, look for processes, remove.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>{@code InstanceReporter} alone writes {@code status.agent}, and only on a difference.
 *   <li>A generation counts as synced once no process is left that could write, and syncfs(2) has
 *       returned.
 *   <li>The finalizer goes last, when nothing of the instance is on the node.
 *   <li>A job that fails stands in the instance's status until it succeeds.
 * </ul>
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.agent.instance;

import org.jspecify.annotations.NullMarked;
