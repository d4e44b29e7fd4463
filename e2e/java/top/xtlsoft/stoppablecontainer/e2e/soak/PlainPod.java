package top.xtlsoft.stoppablecontainer.e2e.soak;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/**
 * A pod that has nothing to do with us, made after a part of the cluster was killed: until it has
 * run, the fault is not over. Scheduler and kubelet may not look for pods for a minute after an
 * outage of the API server: client-go's reflectors wait up to 30 s, and as long again by chance,
 * before they list again.
 */
final class PlainPod implements Arena.Over {

  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final String namespace;
  private final String name = "plain" + NUMBER.incrementAndGet();
  private boolean created;
  private boolean deleted;

  PlainPod(String namespace) {
    this.namespace = namespace;
  }

  @Override
  public Duration within() {
    return Timeouts.CLUSTER_BACK;
  }

  @Override
  public Optional<String> unmet(Watched watched) {
    try {
      if (!created) {
        create(watched.client());
      }
      Optional<Pod> pod = watched.pod(name);
      if (!deleted && pod.filter(PlainPod::hasRun).isEmpty()) {
        return Optional.of("a plain pod has not run yet");
      }
      if (!deleted) {
        watched.client().pods().inNamespace(namespace).withName(name).delete();
        deleted = true;
      }
      return pod.map(p -> "the plain pod is not gone yet");
    } catch (KubernetesClientException e) {
      return Optional.of("no plain pod can be had: " + e.getMessage());
    }
  }

  private void create(KubernetesClient client) {
    Pod wanted =
        new PodBuilder()
            .withNewMetadata()
            .withName(name)
            .endMetadata()
            .withNewSpec()
            .withRestartPolicy("Never")
            .withTerminationGracePeriodSeconds(0L)
            .addNewContainer()
            .withName("main")
            .withImage("stoppablecontainer-e2e/busybox:1")
            .withCommand("true")
            .endContainer()
            .endSpec()
            .build();
    try {
      client.resource(wanted).inNamespace(namespace).create();
    } catch (KubernetesClientException e) {
      // An answer that got lost does not undo what was done.
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
    }
    created = true;
  }

  private static boolean hasRun(Pod pod) {
    return "Succeeded".equals(pod.getStatus().getPhase());
  }
}
