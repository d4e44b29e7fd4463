package top.xtlsoft.stoppablecontainer.agent.activity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.AgentReport;

/** Looks at a container that is stopped after 40 minutes, by the minute of the look. */
class ActivityClockTest {

  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration AFTER = Duration.ofMinutes(40);

  private final ActivityClock clock = new ActivityClock();

  private static Instant minute(int minute) {
    return START.plus(Duration.ofMinutes(minute));
  }

  private boolean idle(int minute) {
    return clock.look(minute(minute), Optional.empty(), true, AFTER);
  }

  private boolean busy(int minute, String why) {
    return clock.look(minute(minute), Optional.of(why), true, AFTER);
  }

  private void assertBusy(String why) {
    assertEquals(Optional.of(new AgentReport.Activity(why, null, null)), clock.reported());
  }

  private void assertIdle(int since) {
    assertEquals(
        Optional.of(new AgentReport.Activity(null, minute(since).toString(), null)),
        clock.reported());
  }

  private void assertIdle(int since, int at) {
    assertEquals(
        Optional.of(
            new AgentReport.Activity(null, minute(since).toString(), minute(at).toString())),
        clock.reported());
  }

  @Test
  void reportsIdlenessOnceItHasLastedAndOnceMoreWhenItsTimeHasCome() {
    busy(0, "1 connection");
    assertFalse(idle(1));
    assertFalse(idle(10));
    assertTrue(idle(11));
    assertIdle(1);
    assertFalse(idle(40));
    assertTrue(idle(41));
    assertIdle(1, 41);
  }

  @Test
  void reportsWhatTheFirstLookFinds() {
    assertTrue(idle(0));
    assertIdle(0);
    assertFalse(idle(10));
  }

  @Test
  void repeatsThatItIsIdleAsLongAsNoOperatorStopsIt() {
    idle(0);
    idle(40);
    assertFalse(idle(44));
    assertTrue(idle(45));
    assertIdle(0, 45);
  }

  @Test
  void reportsUseAtOnceAndOtherUseLater() {
    assertTrue(busy(0, "1 connection"));
    assertBusy("1 connection");
    assertFalse(busy(9, "2 connections"));
    assertFalse(busy(10, "1 connection"));
    assertTrue(busy(11, "2 connections"));
    assertBusy("2 connections");
  }

  @Test
  void aPauseIsNoNewsAndBeginsTheTimeAnew() {
    busy(0, "1 connection");
    assertFalse(idle(2));
    assertFalse(busy(4, "1 connection"));
    assertFalse(idle(6));
    assertTrue(idle(16));
    assertIdle(6);
    assertTrue(busy(17, "1 connection"));
    assertFalse(idle(18));
    assertFalse(idle(27));
    assertBusy("1 connection");
    assertTrue(idle(28));
    assertIdle(18);
  }

  @Test
  void doesNotCallItIdleForLongWhileThereMayBeUse() {
    idle(0);
    assertFalse(clock.look(minute(50), Optional.empty(), false, AFTER));
    assertIdle(0);
    assertFalse(clock.look(minute(51), Optional.empty(), false, AFTER));
    assertTrue(idle(52));
    assertIdle(0, 52);
  }
}
