/**
 * What one pass over a StoppableContainer carries from step to step: what the operator observed,
 * what a planner decided, and what the pass reports. Values only: no Camel, no client.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.operator.pass;

import org.jspecify.annotations.NullMarked;
