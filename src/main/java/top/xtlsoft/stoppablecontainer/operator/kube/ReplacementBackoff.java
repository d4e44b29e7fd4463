package top.xtlsoft.stoppablecontainer.operator.kube;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.operator.model.Schedule;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;
import top.xtlsoft.stoppablecontainer.operator.pass.Problem;
import top.xtlsoft.stoppablecontainer.runtime.RecentMap;

/**
 * Delays the creation of a pod that disappears again and again, whatever the cause. A change of the
 * user's spec is tried at once, and so is each start and stop that was asked for: a connection that
 * starts the container waits. The counts are lost with the process; then the next pods come sooner.
 */
final class ReplacementBackoff {

  /** Number of pods in a row without a delay. */
  static final int AT_ONCE = 5;

  static final Duration FIRST = Duration.ofSeconds(10);
  static final Duration LONGEST = Duration.ofMinutes(5);

  /** A pod that lasts this long ends a row. */
  static final Duration LASTED = Duration.ofMinutes(1);

  private static final int MAX_REMEMBERED = 4096;

  /** What the pods of a row are made for: a spec, and the last start or stop. */
  private record Cause(long generation, Optional<Instant> asked) {

    static Cause of(Observation observed) {
      return new Cause(
          observed.sc().getMetadata().getGeneration(), observed.schedule().map(Schedule::askedAt));
    }
  }

  /** The last pod of a row. */
  private record Row(Cause cause, int pods, Instant last) {

    Duration delay() {
      int doublings = pods - AT_ONCE;
      if (doublings < 0) {
        return Duration.ZERO;
      }
      Duration delay = FIRST.multipliedBy(1L << Math.min(doublings, 10));
      return delay.compareTo(LONGEST) < 0 ? delay : LONGEST;
    }
  }

  private final Map<String, Row> rows = RecentMap.ofMax(MAX_REMEMBERED);

  /** Why the pod is not created yet; empty when it may be created. */
  Optional<Problem> wait(Observation observed, Pod desired) {
    return row(observed, desired)
        .filter(row -> observed.at().isBefore(row.last().plus(row.delay())))
        .map(_ -> doesNotLast(desired.getMetadata().getName()));
  }

  /** Counts a created pod. */
  void made(Observation observed, Pod made) {
    int before = row(observed, made).map(Row::pods).orElse(0);
    rows.put(key(observed, made), new Row(Cause.of(observed), before + 1, observed.at()));
  }

  private Optional<Row> row(Observation observed, Pod pod) {
    return Optional.ofNullable(rows.get(key(observed, pod)))
        .filter(row -> row.cause().equals(Cause.of(observed)))
        .filter(row -> observed.at().isBefore(row.last().plus(row.delay()).plus(LASTED)));
  }

  private static Problem doesNotLast(String pod) {
    return new Problem(
        ConditionReason.POD_DOES_NOT_LAST,
        "Pod "
            + pod
            + " was made several times within minutes, and went again each time. See its events,"
            + " and what else changes or deletes pods in the cluster (a webhook, a policy). It is"
            + " made again by itself, at most "
            + LONGEST.toMinutes()
            + " minutes apart.",
        false);
  }

  private static String key(Observation observed, Pod pod) {
    return observed.instance().orElseThrow().getMetadata().getUid()
        + "/"
        + pod.getMetadata().getName();
  }
}
