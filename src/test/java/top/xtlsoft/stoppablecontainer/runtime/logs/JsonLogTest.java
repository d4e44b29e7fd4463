package top.xtlsoft.stoppablecontainer.runtime.logs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.BufferedReader;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.camel.LogKeys;
import top.xtlsoft.stoppablecontainer.operator.Operator;

/** The real operator program with SC_LOG_FORMAT=json. */
@EnableKubernetesMockClient(crud = true, https = false)
@Timeout(300)
class JsonLogTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  private KubernetesMockServer server;
  private KubernetesClient client;
  @TempDir private Path binaries;

  @Test
  void eachLineIsOneJsonObject() throws Exception {
    Files.createDirectory(binaries.resolve("amd64"));
    Files.write(binaries.resolve("amd64/sc-exec"), new byte[] {1});
    Files.write(binaries.resolve("amd64/pause"), new byte[] {2});
    Files.write(binaries.resolve("amd64/wake"), new byte[] {3});
    client
        .resource(
            Serialization.unmarshal(
                """
                apiVersion: stoppablecontainer.xtlsoft.top/v1alpha1
                kind: StoppableContainer
                metadata: {namespace: ns, name: box}
                spec: {running: true, hostPathPrefix: /etc, template: {container: {image: i}}}
                """,
                StoppableContainer.class))
        .create();
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin/java").toString(),
            // The JDK may warn on standard output of the file that it makes for jps, see
            // LockHolder.
            "-XX:-UsePerfData",
            "-cp",
            classPathWithoutTests(),
            Operator.class.getName());
    builder.environment().remove("POD_NAMESPACE");
    builder.environment().put("SC_LOG_FORMAT", "json");
    builder.environment().put("SC_ROUTES", "routes");
    builder.environment().put("SC_BIN", binaries.toString());
    builder.environment().put("SC_HEALTH_PORT", "0");
    builder.environment().put("KUBERNETES_MASTER", server.url("/"));
    builder.environment().put("KUBERNETES_AUTH_TRYKUBECONFIG", "false");
    Process operator =
        builder.redirectErrorStream(false).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    try (BufferedReader lines = operator.inputReader()) {
      JsonNode phase = null;
      String line = lines.readLine();
      while (line != null && phase == null) {
        JsonNode entry = JSON.readTree(line);
        assertTrue(entry.path("timestamp").asLong() > 0, line);
        assertTrue(entry.path("level").isTextual(), line);
        if (entry.path("formattedMessage").asText().startsWith("Phase changed: phase=FAILED")) {
          phase = entry;
        } else {
          line = lines.readLine();
        }
      }
      assertTrue(phase != null, "no line with the phase");
      assertEquals("INFO", phase.path("level").asText());
      assertEquals("ns", phase.path("mdc").path(LogKeys.NAMESPACE).asText());
      assertEquals("box", phase.path("mdc").path(LogKeys.NAME).asText());
      assertEquals("status", phase.path("mdc").path(LogKeys.STEP).asText());
      assertEquals(
          client
              .resources(StoppableContainer.class)
              .inNamespace("ns")
              .withName("box")
              .get()
              .getMetadata()
              .getUid(),
          phase.path("mdc").path(LogKeys.UID).asText());
    } finally {
      operator.destroyForcibly().waitFor();
    }
  }

  /** Without the tests' own logback configuration. */
  private static String classPathWithoutTests() {
    String all =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return Arrays.stream(all.split(File.pathSeparator))
        .filter(path -> !path.contains("test-classes"))
        .collect(Collectors.joining(File.pathSeparator));
  }
}
