package top.xtlsoft.stoppablecontainer.agent.activity;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.api.AgentReport;

/**
 * Since when one run of a container is idle, and what of that is reported. What the first look
 * finds is reported, and use after idleness, at once. Idleness is reported when it has lasted for a
 * part of its time, and other use than was reported not before that: so what comes and goes is no
 * write each time.
 */
final class ActivityClock {

  /** What is reported lasts for this part of the time at least. */
  private static final int PART = 4;

  /** The operator believes a report that a container is idle for about twice this. */
  private static final Duration LONGEST_REPEAT = Duration.ofMinutes(5);

  private @Nullable Instant idleSince;
  private AgentReport.@Nullable Activity reported;
  private Instant reportedAt = Instant.EPOCH;

  /**
   * Takes in what a look has found.
   *
   * @param busy what uses the container; empty for nothing
   * @param isSure whether nothing may turn out to be use at the next look
   * @param after how long the container is idle before it is stopped
   * @return whether there is news
   */
  boolean look(Instant at, Optional<String> busy, boolean isSure, Duration after) {
    Instant now = at.truncatedTo(ChronoUnit.SECONDS);
    Duration part = after.dividedBy(PART);
    if (busy.isPresent()) {
      idleSince = null;
      boolean isNew =
          reported == null
              || reported.busy() == null
              || !busy.get().equals(reported.busy()) && !now.isBefore(reportedAt.plus(part));
      return isNew && report(now, new AgentReport.Activity(busy.get(), null, null));
    }
    if (idleSince == null) {
      idleSince = now;
    }
    Duration idle = Duration.between(idleSince, now);
    if (isSure && idle.compareTo(after) >= 0) {
      return isToRepeat(now, part)
          && report(now, new AgentReport.Activity(null, idleSince.toString(), now.toString()));
    }
    boolean isNew =
        reported == null
            || !idleSince.toString().equals(reported.idleSince()) && idle.compareTo(part) >= 0;
    return isNew && report(now, new AgentReport.Activity(null, idleSince.toString(), null));
  }

  private boolean isToRepeat(Instant now, Duration part) {
    Duration repeat = part.compareTo(LONGEST_REPEAT) < 0 ? part : LONGEST_REPEAT;
    return reported == null
        || reported.idleAt() == null
        || !now.isBefore(Instant.parse(reported.idleAt()).plus(repeat));
  }

  private boolean report(Instant now, AgentReport.Activity news) {
    reported = news;
    reportedAt = now;
    return true;
  }

  /** What is reported now; empty while there is nothing to say. */
  Optional<AgentReport.Activity> reported() {
    return Optional.ofNullable(reported);
  }
}
