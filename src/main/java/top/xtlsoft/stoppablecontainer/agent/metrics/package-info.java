/**
 * What the agent counts and measures, beside what Camel and the work queues count by themselves.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.agent.metrics;

import org.jspecify.annotations.NullMarked;
