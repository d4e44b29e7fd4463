/**
 * The Kubernetes API of the project: the custom resources as users write and read them, and every
 * word (phase, condition, reason, label) in them, of the operator, of the node agent and of the
 * pods. {@link top.xtlsoft.stoppablecontainer.api.Kinds} lists the kinds. The CRDs in {@code
 * kustomize/crd} are generated from here.
 *
 * <p>Invariants: values only; this package imports no other. The records ignore fields that they
 * lack: after a rollback the CRDs are newer than the program. A word is written once.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.api;

import org.jspecify.annotations.NullMarked;
