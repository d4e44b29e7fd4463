package top.xtlsoft.stoppablecontainer.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RateTest {

  private final AtomicLong nowMs = new AtomicLong(1_000_000);
  private final Rate rate = Rate.ofRequests(() -> Instant.ofEpochMilli(nowMs.get()));

  private long allowed(String pod, int tries) {
    return IntStream.range(0, tries).filter(i -> rate.allows(pod)).count();
  }

  @Test
  void letsAPodAskSomeTimesAtOnceAndThenNowAndThen() {
    assertEquals(20, allowed("a", 100));
    nowMs.addAndGet(1000);
    assertEquals(5, allowed("a", 100));
  }

  @Test
  void doesNotMakeAPodWaitForAnother() {
    allowed("a", 100);
    assertTrue(rate.allows("b"));
  }

  @Test
  void letsAReportChangeSomeTimesAtOnceAndThenRarely() {
    Rate reports = Rate.ofReports(() -> Instant.ofEpochMilli(nowMs.get()));
    assertEquals(5, IntStream.range(0, 100).filter(i -> reports.allows("a")).count());
    nowMs.addAndGet(20_000);
    assertEquals(4, IntStream.range(0, 100).filter(i -> reports.allows("a")).count());
  }
}
