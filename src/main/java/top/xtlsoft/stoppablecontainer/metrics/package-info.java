/**
 * What operator and agent count, beside what Camel and the work queues count by themselves. It
 * hangs on the routes' beginnings and ends, so that no step has to know of it.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.metrics;

import org.jspecify.annotations.NullMarked;
