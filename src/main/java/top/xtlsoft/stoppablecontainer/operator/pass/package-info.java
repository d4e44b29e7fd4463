/**
 * The values that one pass over a StoppableContainer carries from step to step: the observation,
 * the last decision, and the report.
 *
 * <p>Invariants: values only, without Camel or a client. An observation holds only objects that
 * belong to its StoppableContainer. {@code Observation.wanted} alone decides whether the container
 * is to run. A field of a pod that a planner reads is a field that {@code PodTrimmer} keeps.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.operator.pass;

import org.jspecify.annotations.NullMarked;
