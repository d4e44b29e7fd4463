/**
 * Decisions of the operator, pure: from what was observed to what to do next and what to report. No
 * call to the API server, no Camel; the routes put planners and gateways in order.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.reconcile;

import org.jspecify.annotations.NullMarked;
