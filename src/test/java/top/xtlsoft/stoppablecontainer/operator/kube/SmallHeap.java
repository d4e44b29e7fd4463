package top.xtlsoft.stoppablecontainer.operator.kube;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.Template;
import top.xtlsoft.stoppablecontainer.camel.informer.InformerGroup;
import top.xtlsoft.stoppablecontainer.runtime.apiserver.ApiServerClients;
import top.xtlsoft.stoppablecontainer.runtime.trace.TracedKeys;

/** The operator's caches in a process of their own, whose heap is the product's. */
final class SmallHeap {

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private SmallHeap() {}

  /** Lists all of {@link ManyLargeObjects} at this URL and prints what a pass sees of two. */
  public static void main(String[] arguments) {
    Config config = new ConfigBuilder(Config.empty()).withMasterUrl(arguments[0]).build();
    InformerGroup informers = new InformerGroup();
    try (KubernetesClient client =
        ApiServerClients.guarded(config, request -> Optional.empty()).build()) {
      OperatorCaches caches =
          new OperatorCaches(client, informers, new TracedKeys(), Clock.systemUTC());
      ResourceObserver observer =
          new ResourceObserver(caches, new ResourceReader(client), Clock.systemUTC());
      for (String kind : List.of("stoppablecontainers", "stoppablecontainerinstances", "pods")) {
        informers.get(kind).start();
      }
      await().atMost(PATIENCE).until(() -> caches.resources().count() > ManyLargeObjects.LARGE);
      System.out.printf(
          "small=%s large=%s%n",
          template(observer, ManyLargeObjects.SMALL).isPresent(),
          template(observer, "large0").isPresent());
    }
    System.exit(0);
  }

  private static Optional<Template> template(ResourceObserver observer, String name) {
    StoppableContainer seen = observer.observe("ns/" + name).observed().sc();
    return Optional.ofNullable(seen.getSpec().template());
  }
}
