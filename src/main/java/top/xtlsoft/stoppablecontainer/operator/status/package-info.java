/**
 * From an observation to phases, conditions and events.
 *
 * <p>Invariants: no Camel, no client. The status is computed from the observation alone; only
 * times, and what outlives a pod, come from the status before. A state that will pass is reported
 * late or not at all ({@link top.xtlsoft.stoppablecontainer.operator.status.HeldReports}). An event
 * belongs to a written change of the status, so each change is reported once.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.operator.status;

import org.jspecify.annotations.NullMarked;
