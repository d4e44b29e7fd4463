/**
 * All calls of the operator to the API server: gateways that carry out a decision, the observer
 * that reads the informers' caches, and the one writer of status.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.operator.kube;

import org.jspecify.annotations.NullMarked;
