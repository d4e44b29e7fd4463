/**
 * The operator's own metrics, in addition to those of Camel and the work queues.
 *
 * <p>Invariants: no metric has a label whose values users choose. Durations come from the monotonic
 * clock of this process.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.operator.metrics;

import org.jspecify.annotations.NullMarked;
