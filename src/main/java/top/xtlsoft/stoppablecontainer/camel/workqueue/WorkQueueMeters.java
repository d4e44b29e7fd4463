package top.xtlsoft.stoppablecontainer.camel.workqueue;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Meters of a work queue. */
final class WorkQueueMeters {

  private static final String QUEUE = "queue";

  private final Timer done;
  private final Timer retried;

  WorkQueueMeters(MeterRegistry registry, String name) {
    done = work(registry, name, "done");
    retried = work(registry, name, "retried");
  }

  /** Registers the gauges of a queue. */
  static void bind(MeterRegistry registry, String name, WorkQueue queue) {
    Gauge.builder("stoppablecontainer.workqueue.depth", queue, WorkQueue::depth)
        .description("Keys that wait for a worker; those held back after a failure do not count.")
        .tag(QUEUE, name)
        .register(registry);
    Gauge.builder("stoppablecontainer.workqueue.oldest.age", queue, q -> seconds(q.oldestWait()))
        .description("How long the key that waits longest for a worker has done so.")
        .baseUnit("seconds")
        .tag(QUEUE, name)
        .register(registry);
    Gauge.builder("stoppablecontainer.workqueue.longest.work", queue, q -> seconds(q.longestWork()))
        .description("How long the worker that is longest at one key has been at it.")
        .baseUnit("seconds")
        .tag(QUEUE, name)
        .register(registry);
  }

  /** Records one pass over a key. */
  void record(boolean succeeded, long nanos) {
    (succeeded ? done : retried).record(nanos, TimeUnit.NANOSECONDS);
  }

  private static Timer work(MeterRegistry registry, String name, String result) {
    return Timer.builder("stoppablecontainer.workqueue.work")
        .description("Keys that were worked on, and how long that took; retried ones come again.")
        .tag(QUEUE, name)
        .tag("result", result)
        .register(registry);
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }
}
