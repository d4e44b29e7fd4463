package top.xtlsoft.stoppablecontainer.runtime;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LastWritesTest {

  private final AtomicLong now = new AtomicLong();
  private final LastWrites<String> writes = new LastWrites<>(now::get);

  private static Pod pod(String uid, String version) {
    return new PodBuilder()
        .withNewMetadata()
        .withUid(uid)
        .withResourceVersion(version)
        .endMetadata()
        .build();
  }

  @Test
  void knowsAWriteUntilItsEventArrives() {
    Pod seen = pod("u", "7");
    assertFalse(writes.has(seen, "a"));
    writes.add(seen, pod("u", "8"), "a");
    assertTrue(writes.has(seen, "a"));
    assertFalse(writes.has(pod("u", "8"), "a"));
  }

  @Test
  void knowsAWriteWhileEventsOfEarlierWritesArrive() {
    writes.add(pod("u", "7"), pod("u", "12"), "a");
    assertTrue(writes.has(pod("u", "9"), "a"));
    assertFalse(writes.has(pod("u", "12"), "a"));
    assertFalse(writes.has(pod("u", "100"), "a"));
  }

  @Test
  void comparesNoVersionsThatAreNoNumbers() {
    writes.add(pod("u", "x7"), pod("u", "x9"), "a");
    assertTrue(writes.has(pod("u", "x7"), "a"));
    assertFalse(writes.has(pod("u", "x8"), "a"));
  }

  @Test
  void knowsNoOtherWriteAndNoOtherObject() {
    writes.add(pod("u", "7"), pod("u", "8"), "a");
    assertFalse(writes.has(pod("u", "7"), "b"));
    assertFalse(writes.has(pod("v", "7"), "a"));
  }

  @Test
  void forgetsAWriteThatChangedNothing() {
    writes.add(pod("u", "7"), pod("u", "7"), "a");
    assertFalse(writes.has(pod("u", "7"), "a"));
  }

  @Test
  void forgetsAWriteWhoseEventNeverArrives() {
    writes.add(pod("u", "7"), "a");
    now.addAndGet(Duration.ofSeconds(10).toNanos());
    assertFalse(writes.has(pod("u", "7"), "a"));
  }
}
