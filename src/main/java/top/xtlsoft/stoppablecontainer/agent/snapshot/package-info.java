/**
 * Takes, counts, reports and removes the snapshots of this node.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>The operator's order, in the snapshot's status, alone says what is taken of what.
 *   <li>A snapshot is taken once. One whose files are lost is reported as lost, and never taken
 *       anew: its source has other files by now.
 *   <li>The finalizer goes last, when nothing of the snapshot is on the node.
 * </ul>
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.agent.snapshot;

import org.jspecify.annotations.NullMarked;
