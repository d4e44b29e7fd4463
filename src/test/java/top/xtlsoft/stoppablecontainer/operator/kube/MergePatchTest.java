package top.xtlsoft.stoppablecontainer.operator.kube;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.IdleOrder;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceSpec;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceStatus;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
import top.xtlsoft.stoppablecontainer.operator.pass.Given;

@EnableKubernetesMockClient
class MergePatchTest {

  private static final String PATH =
      "/apis/stoppablecontainer.xtlsoft.top/v1alpha1/namespaces/ns"
          + "/stoppablecontainerinstances/box";
  private static final String BOX =
      "/apis/stoppablecontainer.xtlsoft.top/v1alpha1/namespaces/ns/stoppablecontainers/box";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final StoppableContainerInstance instance = Given.instance(Given.sc(true), true, true);

  private KubernetesClient client;
  private KubernetesMockServer server;

  private JsonNode sent() throws Exception {
    return JSON.readTree(server.takeRequest(5, TimeUnit.SECONDS).getBody().readUtf8());
  }

  @Test
  void clearsTheManagedFieldsWithTheSpec() throws Exception {
    instance.getMetadata().setResourceVersion("7");
    server.expect().patch().withPath(PATH).andReturn(200, instance).once();
    new MergePatch(client)
        .spec(instance, new StoppableContainerInstanceSpec("node1", "/prefix", "image:1", true));
    assertEquals(
        JSON.readTree("{\"resourceVersion\": \"7\", \"managedFields\": [{}]}"),
        sent().path("metadata"));
  }

  @Test
  void removesWhatIsAbsentAlsoInTheRecordsOfTheSpec() throws Exception {
    instance.getMetadata().setResourceVersion("7");
    server.expect().patch().withPath(PATH).andReturn(200, instance).once();
    new MergePatch(client)
        .spec(
            instance,
            new StoppableContainerInstanceSpec("node1", "/prefix", "image:1", true)
                .withIdle(new IdleOrder("10s", null, null)));
    JsonNode spec = sent().path("spec");
    assertEquals(
        JSON.readTree("{\"after\": \"10s\", \"connectionIdle\": null, \"keepAwakeUntil\": null}"),
        spec.path("idle"));
    assertTrue(spec.path("source").isNull());
  }

  @Test
  void leavesThemToTheApiServerWithTheStatus() throws Exception {
    instance.getMetadata().setResourceVersion("7");
    server.expect().patch().withPath(PATH + "/status").andReturn(200, instance).once();
    new MergePatch(client)
        .status(
            instance,
            new StoppableContainerInstanceStatus(
                null, null, "text", null, null, null, null, null, null),
            Set.of("agent"));
    JsonNode patch = sent();
    assertEquals(JSON.readTree("{\"resourceVersion\": \"7\"}"), patch.path("metadata"));
    assertEquals("text", patch.path("status").path("message").asText());
    assertEquals(false, patch.path("status").has("agent"));
  }

  @Test
  void takesAwayWhatIsAbsentInside() throws Exception {
    StoppableContainer box = Given.sc(true);
    server.expect().patch().withPath(BOX + "/status").andReturn(200, box).once();
    new MergePatch(client)
        .status(
            box,
            Serialization.unmarshal(
                "snapshots: {next: 2026-01-02T00:00:00Z}", StoppableContainerStatus.class),
            Set.of());
    assertEquals(
        JSON.readTree(
            "{\"doneUntil\": null, \"next\": \"2026-01-02T00:00:00Z\", \"last\": null,"
                + " \"lastTakenAt\": null}"),
        sent().path("status").path("snapshots"));
  }
}
