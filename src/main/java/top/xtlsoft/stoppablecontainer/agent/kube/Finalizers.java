package top.xtlsoft.stoppablecontainer.agent.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;

/** The agent's finalizers, which hold an object until the node is clean of it. */
public final class Finalizers {

  private Finalizers() {}

  /** Whether the object is being deleted and waits for a finalizer to be dropped. */
  public static boolean isAwaited(HasMetadata object, String finalizer) {
    return object.getMetadata().getDeletionTimestamp() != null
        && object.getMetadata().getFinalizers().contains(finalizer);
  }

  /** Drops a finalizer that the object has; refused by the API server if it has moved meanwhile. */
  public static void drop(KubernetesClient client, HasMetadata object, String finalizer) {
    String path = "/metadata/finalizers/" + object.getMetadata().getFinalizers().indexOf(finalizer);
    String patch =
        Serialization.asJson(
            List.of(
                Map.of("op", "test", "path", path, "value", finalizer),
                Map.of("op", "remove", "path", path)));
    client.resource(object).patch(PatchContext.of(PatchType.JSON), patch);
  }
}
