package top.xtlsoft.stoppablecontainer.operator.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.fabric8.kubernetes.client.utils.Serialization;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerPhase;
import top.xtlsoft.stoppablecontainer.api.Wanted;

/** Durations from a user's change to the phase that it asks for. */
class LifeMetricsTest {

  private final MeterRegistry meters = new SimpleMeterRegistry();
  private Duration time = Duration.ofHours(1);
  private LifeMetrics life = new LifeMetrics(meters, () -> time.toNanos());

  private void saw(String uid, boolean running, long generation, String status) {
    life.saw(resource(uid, running, generation, status), false);
  }

  private static StoppableContainer resource(
      String uid, boolean running, long generation, String status) {
    return Serialization.unmarshal(
        """
        apiVersion: stoppablecontainer.xtlsoft.top/v1alpha1
        kind: StoppableContainer
        metadata: {namespace: ns, name: box, uid: %s, generation: %d}
        spec: {running: %s}
        status: {%s}
        """
            .formatted(uid, generation, running, status),
        StoppableContainer.class);
  }

  private void reached(StoppableContainerPhase phase) {
    reached(phase == StoppableContainerPhase.STOPPED ? Wanted.STOPPED_BY_USER : Wanted.RUN, phase);
  }

  private void reached(Wanted wanted, StoppableContainerPhase phase) {
    life.reached("ns/box", "u", wanted != Wanted.STOPPED_BY_USER, wanted, phase);
  }

  private void pass(long seconds) {
    time = time.plusSeconds(seconds);
  }

  private Timer start(String kind) {
    return meters.get("stoppablecontainer.start.duration").tags("kind", kind).timer();
  }

  private double wanted(String wanted) {
    return meters.get("stoppablecontainer.resources.wanted").tag("wanted", wanted).gauge().value();
  }

  private Timer stop() {
    return meters.get("stoppablecontainer.stop.duration").timer();
  }

  private double inPhase(String phase) {
    return meters.get("stoppablecontainer.resources").tags("phase", phase).gauge().value();
  }

  @Test
  void measuresCreateStopAndStart() {
    saw("u", true, 1, "");
    pass(3);
    reached(StoppableContainerPhase.PROVIDER_READY);
    saw("u", true, 1, "phase: ProviderReady, observedGeneration: 1");
    pass(2);
    reached(StoppableContainerPhase.RUNNING);
    reached(StoppableContainerPhase.RUNNING);
    assertEquals(1, start("create").count());
    assertEquals(5, start("create").totalTime(TimeUnit.SECONDS));

    saw("u", false, 2, "phase: Running, observedGeneration: 1");
    pass(4);
    reached(StoppableContainerPhase.STOPPED);
    assertEquals(4, stop().totalTime(TimeUnit.SECONDS));

    saw("u", true, 3, "phase: Stopped, observedGeneration: 2");
    pass(1);
    reached(StoppableContainerPhase.RUNNING);
    assertEquals(1, start("start").totalTime(TimeUnit.SECONDS));
    assertEquals(1, start("create").count());
  }

  @Test
  void restartWithoutUserDoesNotCount() {
    saw("u", true, 1, "");
    reached(StoppableContainerPhase.RUNNING);
    pass(60);
    reached(StoppableContainerPhase.PROVIDER_READY);
    reached(StoppableContainerPhase.RUNNING);
    assertEquals(1, start("create").count());
  }

  @Test
  void otherSpecChangeStartsNoMeasurement() {
    saw("u", true, 1, "");
    pass(3);
    saw("u", true, 2, "");
    pass(2);
    reached(StoppableContainerPhase.RUNNING);
    assertEquals(5, start("create").totalTime(TimeUnit.SECONDS));
  }

  @Test
  void newOperatorIgnoresReachedStates() {
    saw("u", true, 1, "phase: Running, observedGeneration: 1");
    reached(StoppableContainerPhase.RUNNING);
    assertEquals(0, start("create").count() + start("start").count());
    saw("u", false, 2, "phase: Running, observedGeneration: 1");
    pass(2);
    reached(StoppableContainerPhase.STOPPED);
    assertEquals(2, stop().totalTime(TimeUnit.SECONDS));
  }

  @Test
  void measuresAStartThatIsAskedForBeforeTheStopIsCounted() {
    saw("u", false, 2, "phase: Running, observedGeneration: 1");
    pass(4);
    saw("u", true, 3, "phase: Stopped, observedGeneration: 2");
    reached(Wanted.STOPPED_BY_USER, StoppableContainerPhase.STOPPED);
    assertEquals(1, stop().count());
    assertEquals(4, stop().totalTime(TimeUnit.SECONDS));
    pass(1);
    reached(StoppableContainerPhase.RUNNING);
    assertEquals(1, start("start").totalTime(TimeUnit.SECONDS));
  }

  @Test
  void oldStatusEndsNoWait() {
    saw("u", true, 2, "phase: Stopped, observedGeneration: 1");
    saw("u", false, 3, "phase: Stopped, observedGeneration: 1");
    saw("u", true, 4, "phase: Stopped, observedGeneration: 1");
    assertEquals(0, stop().count());
    assertEquals(0, start("start").count());
  }

  @Test
  void newOperatorAwaitsNoStartOfACompletedContainer() {
    saw("u", true, 1, "phase: Stopped, observedGeneration: 1");
    reached(Wanted.COMPLETED, StoppableContainerPhase.STOPPED);
    pass(3600);
    saw("u", true, 2, "phase: Stopped, observedGeneration: 1");
    reached(Wanted.RUN, StoppableContainerPhase.RUNNING);
    assertEquals(0, start("create").count() + start("start").count());
  }

  @Test
  void doesNotMeasureWhatTheScheduleDoesInsteadOfTheUser() {
    saw("u", false, 2, "phase: Running, observedGeneration: 1, wanted: Run");
    life.reached("ns/box", "u", false, Wanted.RUN, StoppableContainerPhase.RUNNING);
    pass(3600);
    life.reached("ns/box", "u", false, Wanted.STOPPED_BY_SCHEDULE, StoppableContainerPhase.STOPPED);
    assertEquals(0, stop().count());
  }

  @Test
  void newOperatorAwaitsNoStartOfAContainerThatTheScheduleHasStopped() {
    saw("u", true, 1, "phase: Stopped, observedGeneration: 1, wanted: StoppedBySchedule");
    assertEquals(1, wanted("StoppedBySchedule"));
    pass(3600);
    reached(StoppableContainerPhase.RUNNING);
    assertEquals(0, start("create").count() + start("start").count());
  }

  @Test
  void resourceCreatedStoppedIsNoStop() {
    saw("u", false, 1, "");
    pass(2);
    reached(StoppableContainerPhase.STOPPED);
    assertEquals(0, stop().count());
  }

  /** The cache drops a status that is too large. */
  @Test
  void measuresAStopOfAResourceWithoutStatus() {
    saw("u", true, 1, "");
    reached(StoppableContainerPhase.RUNNING);
    saw("u", false, 2, "");
    pass(2);
    reached(StoppableContainerPhase.STOPPED);
    assertEquals(2, stop().totalTime(TimeUnit.SECONDS));
  }

  @Test
  void newResourceOfSameNameIsMeasuredAnew() {
    saw("old", true, 1, "");
    pass(9);
    saw("u", true, 1, "");
    life.reached("ns/box", "old", true, Wanted.RUN, StoppableContainerPhase.RUNNING);
    assertEquals(0, start("create").count());
    pass(1);
    reached(StoppableContainerPhase.RUNNING);
    assertEquals(1, start("create").totalTime(TimeUnit.SECONDS));
  }

  @Test
  void countsResourcesByPhaseAndDropsDeleted() {
    saw("u", true, 1, "phase: Failed, observedGeneration: 1");
    assertEquals(1, inPhase("Failed"));
    saw("u", true, 1, "phase: ProviderReady, observedGeneration: 1");
    assertEquals(0, inPhase("Failed"));
    assertEquals(1, inPhase("ProviderReady"));
    life.saw(resource("u", true, 1, ""), true);
    assertEquals(0, inPhase("ProviderReady"));
  }
}
