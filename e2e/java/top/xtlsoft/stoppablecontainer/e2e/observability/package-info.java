/** Metrics, health and traces of the operator and the node agent. */
@NullMarked
package top.xtlsoft.stoppablecontainer.e2e.observability;

import org.jspecify.annotations.NullMarked;
