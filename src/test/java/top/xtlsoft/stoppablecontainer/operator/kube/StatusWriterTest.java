package top.xtlsoft.stoppablecontainer.operator.kube;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.api.ResourceKey;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.operator.pass.ClusterNodes;
import top.xtlsoft.stoppablecontainer.operator.pass.Given;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;
import top.xtlsoft.stoppablecontainer.operator.pass.Problem;
import top.xtlsoft.stoppablecontainer.operator.status.StatusPlanner;

@EnableKubernetesMockClient(crud = true)
class StatusWriterTest {

  private final StatusPlanner planner =
      new StatusPlanner(Duration.ofSeconds(15), Duration.ZERO, new HashMap<>());

  private KubernetesMockServer server;
  private KubernetesClient client;
  private StatusWriter writer;
  private StoppableContainer seen;

  @BeforeEach
  void create() {
    writer = new StatusWriter(client);
    seen =
        client
            .resource(Given.sc("{running: true, template: {container: {image: 'image:1'}}}"))
            .create();
  }

  private StoppableContainer stored() {
    return client.resources(StoppableContainer.class).inNamespace("ns").withName("box").get();
  }

  private Pass pass(StoppableContainer resource, String problem) {
    return planner.plan(
        Pass.begin(
                new Observation(
                    new ResourceKey("ns", "box"),
                    Clock.systemUTC().instant(),
                    Optional.of(resource),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    new ClusterNodes(Map.of(), Map.of())))
            .fail(new Problem(ConditionReason.INVALID_TEMPLATE, problem, true)));
  }

  private int calls(Runnable act) {
    int before = server.getRequestCount();
    act.run();
    return server.getRequestCount() - before;
  }

  @Test
  void writesADifferentStatus() {
    assertEquals(1, writer.write(pass(seen, "one")).events().size());
    assertEquals("one", stored().getStatus().message());
    StoppableContainer now = stored();
    writer.write(pass(now, "two"));
    assertEquals("two", stored().getStatus().message());
  }

  @Test
  void skipsAnEqualStatus() {
    writer.write(pass(seen, "one"));
    StoppableContainer now = stored();
    assertEquals(0, calls(() -> writer.write(pass(now, "one"))));
  }

  /** The API server would refuse it, and no event is recorded until the cache has caught up. */
  @Test
  void sendsNoStatusOlderThanItsLastWrite() {
    writer.write(pass(seen, "one"));
    assertEquals(0, calls(() -> assertEquals(List.of(), writer.write(pass(seen, "two")).events())));
    assertEquals("one", stored().getStatus().message());
  }
}
