/**
 * The API server's objects of this node: its pods and instances.
 *
 * <p>Invariants: the cache holds no more of a pod than the agent reads ({@code PodTrimmer}); the
 * absence of an instance in the cache is no proof that it is gone; only the owner reference of a
 * pod says which instance it belongs to.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.agent.kube;

import org.jspecify.annotations.NullMarked;
