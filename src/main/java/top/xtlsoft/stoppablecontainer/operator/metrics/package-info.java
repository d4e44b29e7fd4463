/** What the operator counts, beside what Camel and the work queues count by themselves. */
@NullMarked
package top.xtlsoft.stoppablecontainer.operator.metrics;

import org.jspecify.annotations.NullMarked;
