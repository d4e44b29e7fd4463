package top.xtlsoft.stoppablecontainer.operator.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.fabric8.kubernetes.client.utils.Serialization;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;

/** What comes of connections that start a container. */
class WakeMetricsTest {

  private static final String WOKEN = "wake: {wokenAt: '2026-01-01T00:00:00Z', port: 80}, ";

  private final MeterRegistry meters = new SimpleMeterRegistry();
  private Duration time = Duration.ofHours(1);
  private final WakeMetrics wakes = new WakeMetrics(meters, () -> time.toNanos());
  private String before = "phase: Stopped, wanted: StoppedByUser";

  private static StoppableContainer resource(String status) {
    return Serialization.unmarshal("status: {" + status + "}", StoppableContainer.class);
  }

  /** The status is written a second after the one before. */
  private void write(String status, boolean deleting) {
    time = time.plusSeconds(1);
    wakes.written("ns/box", resource(before), resource(status).getStatus(), deleting);
    before = status;
  }

  private void write(String status) {
    write(status, false);
  }

  private Timer timer(String result) {
    return meters.get("stoppablecontainer.wake.duration").tag("result", result).timer();
  }

  private List<Long> counts() {
    return List.of(timer("started").count(), timer("failed").count(), timer("stopped").count());
  }

  @Test
  void measuresAStartFromItsConnection() {
    write(WOKEN + "phase: Stopped, wanted: StoppedByUser");
    write(WOKEN + "phase: ProviderReady, wanted: Run");
    assertEquals(List.of(0L, 0L, 0L), counts());
    write(WOKEN + "phase: Running, wanted: Run");
    write(WOKEN + "phase: Running, wanted: Run, message: again");
    assertEquals(List.of(1L, 0L, 0L), counts());
    assertEquals(2, timer("started").totalTime(TimeUnit.SECONDS));

    write(WOKEN + "phase: Stopped, wanted: StoppedIdle");
    assertEquals(List.of(1L, 0L, 0L), counts(), "the stop of one that has started is no result");
  }

  @Test
  void countsWhatDoesNotStart() {
    write(WOKEN + "phase: Stopped, wanted: StoppedByUser");
    write(WOKEN + "phase: Failed, wanted: Run");
    assertEquals(List.of(0L, 1L, 0L), counts());

    before = "phase: Stopped, wanted: StoppedByUser";
    write(WOKEN + "phase: Stopped, wanted: StoppedByUser");
    write(WOKEN + "phase: ProviderReady, wanted: StoppedBySchedule");
    assertEquals(List.of(0L, 1L, 1L), counts());

    before = "phase: Stopped, wanted: StoppedByUser";
    write(WOKEN + "phase: Stopped, wanted: StoppedByUser");
    write(WOKEN + "phase: ProviderReady, wanted: Run", true);
    assertEquals(List.of(0L, 1L, 2L), counts());
  }

  @Test
  void countsNoOtherStart() {
    write("phase: Running, wanted: Run");
    write("phase: Failed, wanted: Run");
    assertEquals(List.of(0L, 0L, 0L), counts());
  }
}
