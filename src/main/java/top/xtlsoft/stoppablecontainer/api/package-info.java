/**
 * The Kubernetes API of the project: the two custom resources as users write and read them, and
 * every word (phase, condition, reason, label) that stands in them. The records ignore fields that
 * they lack: after a rollback the CRDs are newer than the program. The CRDs in {@code
 * kustomize/crd} are generated from here.
 */
@NullMarked
package top.xtlsoft.stoppablecontainer.api;

import org.jspecify.annotations.NullMarked;
