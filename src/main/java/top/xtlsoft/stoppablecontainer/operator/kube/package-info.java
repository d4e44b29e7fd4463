/**
 * All calls of the operator to the API server: gateways that carry out a decision, the observer
 * that reads the informers' caches, and the only writer of statuses.
 *
 * <p>Invariants: a write names the resourceVersion or the UID that the decision was made on, or a
 * name that only one object can have. A gateway changes no object that another owner controls. A
 * missing object in a cache is no proof: before a decision that needs its absence the API server is
 * asked. All maps and caches have a limit.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.operator.kube;

import org.jspecify.annotations.NullMarked;
