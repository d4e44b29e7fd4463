/**
 * Snapshots: has each one taken by the agent of its source's node, and reports what became of it.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>A snapshot has the node agent's finalizer before an agent learns of it.
 *   <li>Node, source and folder of a snapshot are set once, together: the agent trusts them, and
 *       users can't write them.
 * </ul>
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.operator.snapshot;

import org.jspecify.annotations.NullMarked;
