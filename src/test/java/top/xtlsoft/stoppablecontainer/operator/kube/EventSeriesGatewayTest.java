package top.xtlsoft.stoppablecontainer.operator.kube;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.time.Clock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@EnableKubernetesMockClient(crud = true)
class EventSeriesGatewayTest {

  private KubernetesMockServer server;
  private KubernetesClient client;
  private EventSeriesGateway gateway;

  @BeforeEach
  void make() {
    gateway = new EventSeriesGateway(client, Clock.systemUTC());
  }

  private Event create(String name) {
    return client
        .resource(
            new EventBuilder()
                .withNewMetadata()
                .withNamespace("ns")
                .withName(name)
                .endMetadata()
                .withReason("Started")
                .withEventTime(new MicroTime("2026-01-01T00:00:00.000000Z"))
                .build())
        .create();
  }

  private Event stored(String name) {
    return client.events().v1().events().inNamespace("ns").withName(name).get();
  }

  private int calls(Runnable act) {
    int before = server.getRequestCount();
    act.run();
    return server.getRequestCount() - before;
  }

  @Test
  void countsARememberedEventWithOneCall() {
    gateway.remember(create("box.1"));
    assertEquals(1, calls(() -> assertTrue(gateway.countRemembered("ns", "box.1"))));
    assertEquals(1, calls(() -> assertTrue(gateway.countRemembered("ns", "box.1"))));
    assertEquals(3, stored("box.1").getSeries().getCount());
    assertEquals("Started", stored("box.1").getReason());
  }

  @Test
  void leavesAnUnknownEventToTheRecorder() {
    assertEquals(0, calls(() -> assertFalse(gateway.countRemembered("ns", "box.1"))));
  }

  @Test
  void remembersAnEventThatItCounted() {
    create("box.1");
    gateway.count("ns", "box.1");
    assertEquals(2, stored("box.1").getSeries().getCount());
    assertEquals(1, calls(() -> assertTrue(gateway.countRemembered("ns", "box.1"))));
    assertEquals(3, stored("box.1").getSeries().getCount());
  }

  @Test
  void recordsAgainAnEventThatTheApiServerDeleted() {
    gateway.remember(create("box.1"));
    client.resource(stored("box.1")).delete();
    assertFalse(gateway.countRemembered("ns", "box.1"));
    assertNull(stored("box.1"));
    gateway.remember(create("box.1"));
    assertTrue(gateway.countRemembered("ns", "box.1"));
    assertEquals(2, stored("box.1").getSeries().getCount());
  }

  @Test
  void continuesTheCountOfAnotherOperator() {
    gateway.remember(create("box.1"));
    client
        .resource(stored("box.1"))
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"series\":{\"count\":7,\"lastObservedTime\":\"2026-01-01T00:00:00.000000Z\"}}");
    assertTrue(gateway.countRemembered("ns", "box.1"));
    assertEquals(8, stored("box.1").getSeries().getCount());
  }

  @Test
  void forgetsTheEventThatIsOldest() {
    Event first = create("box.0");
    gateway.remember(first);
    for (int i = 1; i <= EventSeriesGateway.MAX_REMEMBERED; i++) {
      gateway.remember(
          new EventBuilder(first).editMetadata().withName("box." + i).endMetadata().build());
    }
    assertEquals(0, calls(() -> assertFalse(gateway.countRemembered("ns", "box.0"))));
  }
}
