package top.xtlsoft.stoppablecontainer.operator.model;

import java.util.Map;

/** Labels and annotations for other tools of the cluster, on the operator's objects. */
final class ToolMetadata {

  /**
   * Velero leaves these objects out of a backup: only the operator may create them, and it creates
   * them again when their StoppableContainer is restored. See velero.io, "Resource filtering".
   */
  static final Map<String, String> NO_BACKUP = Map.of("velero.io/exclude-from-backup", "true");

  /** Istio injects no proxy. It reads the label, and in older versions the annotation. */
  private static final Map<String, String> NO_ISTIO = Map.of("sidecar.istio.io/inject", "false");

  /** Default labels of a provider pod. */
  static final Map<String, String> PROVIDER_LABELS = NO_ISTIO;

  /**
   * Default annotations of a provider pod: Istio and Linkerd inject no proxy, and neither the
   * Cluster Autoscaler nor Karpenter removes its node, which has files on its disk.
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
