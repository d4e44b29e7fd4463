package top.xtlsoft.stoppablecontainer.manifests;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The patience of kubelet with operator and agent; make lint compares the chart with these. */
class ProbesTest {

  /** Ten times what a node needs that has one busy CPU. */
  private static final int SLOW_START_SECONDS = 600;

  @Test
  void givesTheAgentTimeToStartOnASlowNode() throws IOException {
    DaemonSet agent = read("agent/daemonset.yaml", DaemonSet.class);

    assertStartsSlowly(agent.getSpec().getTemplate());
  }

  @Test
  void givesTheOperatorTimeToStartOnASlowNode() throws IOException {
    Deployment operator = read("operator/deployment.yaml", Deployment.class);

    assertStartsSlowly(operator.getSpec().getTemplate());
  }

  private static void assertStartsSlowly(PodTemplateSpec template) {
    Probe startup = template.getSpec().getContainers().getFirst().getStartupProbe();
    int seconds = startup.getPeriodSeconds() * startup.getFailureThreshold();

    assertTrue(seconds >= SLOW_START_SECONDS, "kubelet ends it after " + seconds + " s");
  }

  private static <T> T read(String file, Class<T> kind) throws IOException {
    try (InputStream in = Files.newInputStream(Path.of("kustomize", file))) {
      return Serialization.unmarshal(in, kind);
    }
  }
}
