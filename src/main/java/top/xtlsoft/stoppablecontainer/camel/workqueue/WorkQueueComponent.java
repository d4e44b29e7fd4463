package top.xtlsoft.stoppablecontainer.camel.workqueue;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.camel.Endpoint;
import org.apache.camel.support.DefaultComponent;

/** Component {@code sc-workqueue}: endpoints with the same name share a queue. */
public final class WorkQueueComponent extends DefaultComponent {

  private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(10), Duration.ofSeconds(30));

  private final Map<String, WorkQueue> queues = new ConcurrentHashMap<>();
  private final Map<String, Duration> limits = new ConcurrentHashMap<>();
  private ScheduledExecutorService timer;

  @Override
  protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters)
      throws Exception {
    WorkQueueEndpoint endpoint = new WorkQueueEndpoint(uri, this, remaining);
    setProperties(endpoint, parameters);
    return endpoint;
  }

  @Override
  protected void doStart() throws Exception {
    super.doStart();
    timer =
        getCamelContext()
            .getExecutorServiceManager()
            .newSingleThreadScheduledExecutor(this, "workqueue-timer");
  }

  @Override
  protected void doStop() throws Exception {
    queues.values().forEach(WorkQueue::close);
    queues.clear();
    getCamelContext().getExecutorServiceManager().shutdownNow(timer);
    super.doStop();
  }

  /** The queue with this name, created on first use. */
  WorkQueue queue(String name) {
    return queues.computeIfAbsent(
        name,
        n -> {
          WorkQueue queue = new WorkQueue(timer, BACKOFF);
          meters().ifPresent(meters -> WorkQueueMeters.bind(meters, n, queue));
          return queue;
        });
  }

  /** Adds a queue to the check of {@link #stuck}. */
  void limit(String name, Duration limit) {
    limits.put(name, limit);
  }

  /** Names of the stuck queues, sorted. */
  List<String> stuck() {
    return limits.entrySet().stream()
        .filter(limit -> queue(limit.getKey()).isStuck(limit.getValue()))
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }

  /** The program's registry for meters, if it has one. */
  Optional<MeterRegistry> meters() {
    return Optional.ofNullable(
        getCamelContext().getRegistry().findSingleByType(MeterRegistry.class));
  }
}
