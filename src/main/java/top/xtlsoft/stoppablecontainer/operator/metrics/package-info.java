/** The operator's own metrics, in addition to those of Camel and the work queues. */
@NullMarked
package top.xtlsoft.stoppablecontainer.operator.metrics;

import org.jspecify.annotations.NullMarked;
