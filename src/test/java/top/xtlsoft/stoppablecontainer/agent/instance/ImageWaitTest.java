package top.xtlsoft.stoppablecontainer.agent.instance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.AgentReport;

class ImageWaitTest {

  private final AtomicLong now = new AtomicLong();
  private final ImageWait wait = new ImageWait(now::get);

  private static AgentReport report(boolean mounted, @Nullable String image) {
    return new AgentReport(new AgentReport.Mount(mounted, "boot", image), null, null, null, null);
  }

  @Test
  void holdsTheFirstReportUntilItNamesTheImage() {
    assertEquals(Optional.of(ImageWait.AT_MOST), wait.left("u", report(true, null), null));
    assertTrue(wait.has("u"));
    assertEquals(Optional.empty(), wait.left("u", report(true, "sha256:1"), null));
    assertFalse(wait.has("u"));
  }

  @Test
  void waitsNoLongerThanTwoSeconds() {
    wait.left("u", report(true, null), null);
    now.addAndGet(ImageWait.AT_MOST.toNanos());
    assertEquals(Optional.empty(), wait.left("u", report(true, null), null));
    assertEquals(Optional.empty(), wait.left("u", report(true, null), null));
  }

  @Test
  void holdsNoReportThatSaysMore() {
    AgentReport failed =
        new AgentReport(
            new AgentReport.Mount(true, "boot", null),
            null,
            null,
            null,
            new AgentReport.Failure("NodeError", "why"));
    assertEquals(Optional.empty(), wait.left("u", failed, null));
    assertEquals(Optional.empty(), wait.left("u", report(false, null), null));
    AgentReport synced =
        new AgentReport(new AgentReport.Mount(true, "boot", null), 2L, null, null, null);
    assertEquals(Optional.empty(), wait.left("u", synced, null));
  }

  @Test
  void holdsNoLaterReport() {
    assertEquals(Optional.empty(), wait.left("u", report(true, null), report(false, null)));
  }
}
