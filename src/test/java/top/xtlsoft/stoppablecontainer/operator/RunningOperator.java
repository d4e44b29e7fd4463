package top.xtlsoft.stoppablecontainer.operator;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.main.Main;
import org.apache.camel.main.MainListener;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.operator.election.LeaseFence;
import top.xtlsoft.stoppablecontainer.runtime.observe.ObservePort;

/** The operator with the shipped routes, over an API server in memory that has one node. */
final class RunningOperator implements AutoCloseable {

  static final String NAMESPACE = "ns";
  static final Duration PATIENCE = Duration.ofSeconds(20);

  private final KubernetesClient client;
  private final Main main;

  private RunningOperator(KubernetesClient client, Main main) {
    this.client = client;
    this.main = main;
  }

  /**
   * The program, not yet started.
   *
   * @param binaries an empty folder
   * @param more variables of its environment
   */
  static Main main(KubernetesClient client, Path binaries, Map<String, String> more)
      throws IOException {
    Files.createDirectory(binaries.resolve("amd64"));
    Files.write(binaries.resolve("amd64/sc-exec"), new byte[] {1});
    Files.write(binaries.resolve("amd64/pause"), new byte[] {2});
    Files.write(binaries.resolve("amd64/wake"), new byte[] {3});
    Map<String, String> environment =
        new HashMap<>(
            Map.of("SC_ROUTES", "routes", "SC_BIN", binaries.toString(), "SC_HEALTH_PORT", "0"));
    environment.putAll(more);
    OperatorSettings settings = OperatorSettings.from(environment);
    return Operator.main(
        settings, client, new LeaseFence(), new ObservePort(settings.healthPort()));
  }

  /**
   * Starts it.
   *
   * @param binaries an empty folder
   */
  static RunningOperator start(KubernetesClient client, Path binaries, MainListener... listeners)
      throws IOException {
    client
        .resource(
            new NodeBuilder()
                .withNewMetadata()
                .withName("node1")
                .endMetadata()
                .withNewStatus()
                .withNewNodeInfo()
                .withArchitecture("amd64")
                .endNodeInfo()
                .endStatus()
                .build())
        .create();
    Main main = main(client, binaries, Map.of());
    for (MainListener listener : listeners) {
      main.addMainListener(listener);
    }
    main.start();
    return new RunningOperator(client, main);
  }

  CamelContext camel() {
    return main.getCamelContext();
  }

  /** Creates a StoppableContainer of these annotations and this spec, both in YAML. */
  void create(String name, String annotations, String spec) {
    client
        .resource(
            Serialization.unmarshal(
                """
                apiVersion: stoppablecontainer.xtlsoft.top/v1alpha1
                kind: StoppableContainer
                metadata: {name: %s, namespace: %s, annotations: %s}
                spec: %s
                """
                    .formatted(name, NAMESPACE, annotations, spec),
                StoppableContainer.class))
        .create();
  }

  void untilProvider(String name) {
    await()
        .atMost(PATIENCE)
        .until(
            () -> client.pods().inNamespace(NAMESPACE).withName(name + "-provider").get() != null);
  }

  @Override
  public void close() {
    main.stop();
  }
}
