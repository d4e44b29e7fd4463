package top.xtlsoft.stoppablecontainer.operator.model;

import java.util.Map;

/** What other tools of a cluster are to do with the objects that the operator makes. */
final class ToolMetadata {

  /**
   * Velero leaves these objects out of a backup: the operator alone may make them, and makes them
   * again when their StoppableContainer is restored. See velero.io, "Resource filtering".
   */
  static final Map<String, String> NO_BACKUP = Map.of("velero.io/exclude-from-backup", "true");

  /** Istio injects no proxy. It reads the label, and in older versions the annotation. */
  private static final Map<String, String> NO_ISTIO = Map.of("sidecar.istio.io/inject", "false");

  /** Labels of a provider pod, where its user wants no others. */
  static final Map<String, String> PROVIDER_LABELS = NO_ISTIO;

  /**
   * Annotations of a provider pod, where its user wants no others: no proxy of Istio or Linkerd,
   * and neither the Cluster Autoscaler nor Karpenter takes its node, which has files on its disk.
   */
  static final Map<String, String> PROVIDER_ANNOTATIONS =
      Map.of(
          "sidecar.istio.io/inject",
          "false",
          "linkerd.io/inject",
          "disabled",
          "cluster-autoscaler.kubernetes.io/safe-to-evict",
          "false",
          "karpenter.sh/do-not-disrupt",
          "true");

  private ToolMetadata() {}
}
