/**
 * From an observation to phases, conditions and events.
 *
 * <p>Invariants: pure, without Camel or a client. The status is computed from the observation
 * alone; only times, and what outlives a pod, come from the status before. An event belongs to a
 * change of the status, so each change is reported once.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.operator.status;

import org.jspecify.annotations.NullMarked;
