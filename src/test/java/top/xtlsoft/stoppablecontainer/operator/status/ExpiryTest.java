package top.xtlsoft.stoppablecontainer.operator.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerPhase;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
import top.xtlsoft.stoppablecontainer.api.UserAnnotation;
import top.xtlsoft.stoppablecontainer.operator.pass.Given;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;
import top.xtlsoft.stoppablecontainer.operator.pass.PlannedEvent;

/** When a container that stays stopped is deleted. It is always {@link Given#NOW}. */
class ExpiryTest {

  private static StoppableContainer box(String time) {
    return Given.sc(
        """
        deleteAfterStopped: %s
        template:
          container: {image: "image:1", command: [run]}
        """
            .formatted(time));
  }

  private static Observation seen(StoppableContainer sc) {
    return Given.pass(sc, null, null, null).observed();
  }

  private static StoppableContainerStatus status(String more) {
    return Serialization.unmarshal("phase: Stopped\n" + more, StoppableContainerStatus.class);
  }

  private static Optional<Expiry> expiry(String time, Duration ago, String before) {
    return Expiry.of(
        seen(box(time)),
        StoppableContainerPhase.STOPPED,
        Given.NOW.minus(ago).toString(),
        Optional.of(status(before)));
  }

  @ParameterizedTest
  @CsvSource({
    "100h, PT98H59M59S, PT1H1S, PT1S",
    "100h, PT0S, PT100H, PT99H",
    "10m, PT8M, PT2M, PT1M",
    "1h30m, PT1H, PT30M, PT21M"
  })
  void warnsAnHourOrATenthOfTheTimeBefore(
      String time, Duration ago, Duration left, Duration warning) {
    assertEquals(
        Optional.of(new Expiry(Given.NOW.plus(left), Optional.empty(), Given.NOW.plus(warning))),
        expiry(time, ago, ""));
  }

  @ParameterizedTest
  @CsvSource({
    // In time.
    "100h, PT99H, PT1H",
    // An operator that was away warns first, whatever has passed.
    "100h, PT99H30M, PT1H",
    "100h, PT9999H, PT1H",
    "10m, PT10M, PT1M"
  })
  void theWholeNoticeFollowsTheWarning(String time, Duration ago, Duration left) {
    Instant at = Given.NOW.plus(left);
    assertEquals(Optional.of(new Expiry(at, Optional.of(Given.NOW), at)), expiry(time, ago, ""));
  }

  @Test
  void warnsOnceForEachStop() {
    Instant warned = Given.NOW.minus(Duration.ofMinutes(20));
    String before = "expiryWarnedAt: " + warned;
    Instant at = Given.NOW.plus(Duration.ofMinutes(40));
    assertEquals(
        Optional.of(new Expiry(at, Optional.of(warned), at)),
        expiry("100h", Duration.ofMinutes(99 * 60 + 20), before));
    assertEquals(
        Optional.empty(),
        expiry("100h", Duration.ofHours(50), before).flatMap(Expiry::warnedAt),
        "the warning was of an earlier stop");
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "STOPPED")
  void onlyWhatIsStoppedExpires(StoppableContainerPhase phase) {
    String longAgo = Given.NOW.minus(Duration.ofDays(99)).toString();
    assertEquals(Optional.empty(), Expiry.of(seen(box("1h")), phase, longAgo, Optional.empty()));
  }

  @Test
  void theAnnotationKeepsIt() {
    StoppableContainer sc = box("1h");
    String since = Given.NOW.toString();
    StoppableContainerPhase stopped = StoppableContainerPhase.STOPPED;
    sc.getMetadata().setAnnotations(Map.of(UserAnnotation.KEEP.key(), "false"));
    assertTrue(Expiry.of(seen(sc), stopped, since, Optional.empty()).isPresent());
    sc.getMetadata().setAnnotations(Map.of(UserAnnotation.KEEP.key(), UserAnnotation.ON));
    assertEquals(Optional.empty(), Expiry.of(seen(sc), stopped, since, Optional.empty()));
  }

  /** A pass over a container that was stopped a day ago, by this written status. */
  private static Pass pass(String written) {
    StoppableContainer sc = box("10h");
    sc.setStatus(status("since: 2025-12-31T00:00:00Z\n" + written));
    StoppableContainerInstance instance =
        Given.reported(Given.instance(sc, false, true), Given.synced(2));
    return new StatusPlanner(Duration.ofSeconds(15), Duration.ZERO, new HashMap<>())
        .plan(Given.pass(sc, instance, null, null));
  }

  @Test
  void deletesOnlyAfterTheWarningIsWritten() {
    Pass first = pass("expiresAt: 2025-12-31T10:00:00Z");
    assertFalse(first.isExpired());
    assertEquals(List.of("Expires"), first.events().stream().map(PlannedEvent::reason).toList());
    assertTrue(first.callAgain().orElseThrow().compareTo(Duration.ofHours(1)) <= 0);

    Pass waiting = pass("expiresAt: 2026-01-01T00:30:00Z\nexpiryWarnedAt: 2025-12-31T23:30:00Z");
    assertFalse(waiting.isExpired());
    assertEquals(List.of(), waiting.events());

    assertTrue(
        pass("expiresAt: 2026-01-01T00:00:00Z\nexpiryWarnedAt: 2025-12-31T23:00:00Z").isExpired());
  }
}
