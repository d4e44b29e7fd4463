package top.xtlsoft.stoppablecontainer.operator.kube;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class CreatedItemStoreTest {

  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private final InstantSource source = () -> now;
  private final CreatedItemStore<Pod> store =
      new CreatedItemStore<>(source.withZone(ZoneOffset.UTC));

  private static Pod pod(String version) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace("ns")
        .withName("box")
        .withUid("uid-of-" + version)
        .withResourceVersion(version)
        .endMetadata()
        .build();
  }

  private String version() {
    Pod pod = store.get("ns/box");
    return pod == null ? null : pod.getMetadata().getResourceVersion();
  }

  @Test
  void findsANewObjectBeforeItsEvent() {
    assertNull(version());
    store.created(pod("1"));
    assertEquals("1", version());
  }

  @Test
  void prefersEventsToItsMemory() {
    store.put("ns/box", pod("2"));
    store.created(pod("1"));
    assertEquals("2", version());
  }

  @Test
  void forgetsANewObjectAfterItsEvent() {
    store.created(pod("1"));
    store.put("ns/box", pod("2"));
    store.remove("ns/box");
    assertNull(version());
  }

  /** The answer of the API server can be slower than the watch. */
  @Test
  void forgetsANewObjectThatIsGoneAlready() {
    store.put("ns/box", pod("1"));
    store.remove("ns/box");
    store.created(pod("1"));
    assertNull(version());
    store.created(pod("2"));
    assertEquals("2", version());
  }

  @Test
  void forgetsANewObjectWithoutAnEvent() {
    store.created(pod("1"));
    now = now.plusSeconds(10);
    assertNull(version());
  }

  @Test
  void givesNothingToTheInformerAsKnownBefore() {
    store.created(pod("1"));
    assertNull(store.put("ns/box", pod("1")), "the pod's event would be one of a change");
  }
}
