package top.xtlsoft.stoppablecontainer.operator.kube;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
import top.xtlsoft.stoppablecontainer.operator.pass.Given;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;

class ReplacementBackoffTest {

  private StoppableContainer sc = Given.sc(true);
  private final StoppableContainerInstance instance = Given.instance(sc, true, true);
  private final Pod pod = Given.consumer(sc, instance);
  private final ReplacementBackoff backoff = new ReplacementBackoff();
  private Instant now = Given.NOW;

  private Observation seen() {
    Observation at = Given.pass(sc, instance, null, null).observed();
    return new Observation(
        at.key(), now, at.resource(), at.instance(), at.provider(), at.consumer(), at.nodes());
  }

  private boolean waits() {
    return backoff.wait(seen(), pod).isPresent();
  }

  /** Makes pods that last for a second, as many in a row as are made at once. */
  private void makeAtOnce() {
    for (int i = 0; i < ReplacementBackoff.AT_ONCE; i++) {
      assertEquals(Optional.empty(), backoff.wait(seen(), pod));
      backoff.made(seen(), pod);
      now = now.plusSeconds(1);
    }
  }

  @Test
  void waitsLongerAfterEachPodThatDoesNotLast() {
    makeAtOnce();
    assertEquals(
        ConditionReason.POD_DOES_NOT_LAST, backoff.wait(seen(), pod).orElseThrow().reason());
    Instant begin = now;
    int made = 0;
    while (now.isBefore(begin.plus(Duration.ofHours(1)))) {
      if (!waits()) {
        backoff.made(seen(), pod);
        made++;
      }
      now = now.plusSeconds(1);
    }
    assertTrue(made >= 12 && made <= 20, made + " pods in an hour");
  }

  @Test
  void startsANewRowAfterAPodThatLasted() {
    makeAtOnce();
    now = now.plus(ReplacementBackoff.FIRST).plus(ReplacementBackoff.LASTED);
    makeAtOnce();
  }

  @Test
  void triesAUsersChangeAtOnce() {
    makeAtOnce();
    sc.getMetadata().setGeneration(2L);
    makeAtOnce();
  }

  @Test
  void triesEachStartByAConnectionAtOnce() {
    sc =
        Given.sc(
            """
            running: false
            wake: {ports: [80]}
            template: {container: {image: image:1}}
            """);
    for (String wokenAt : List.of("2026-01-01T00:00:00Z", "2026-01-01T00:00:30Z")) {
      sc.setStatus(
          Serialization.unmarshal(
              """
              userWish: {running: false, since: "2025-12-31T00:00:00Z"}
              wake: {wokenAt: "%s", port: 80}
              """
                  .formatted(wokenAt),
              StoppableContainerStatus.class));
      makeAtOnce();
      assertTrue(waits(), "pods of one start that do not last");
    }
  }

  @Test
  void keepsInstancesApart() {
    makeAtOnce();
    instance.getMetadata().setUid("another");
    makeAtOnce();
  }
}
