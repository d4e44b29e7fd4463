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

/** Component {@code sc-workqueue}: endpoints of the same name share one queue. */
public final class WorkQueueComponent extends DefaultComponent {

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

  /** The queue of that name, made when it is first asked for. */
  WorkQueue queue(String name) {
    return queues.computeIfAbsent(
        name,
        n -> {
          WorkQueue queue = new WorkQueue(timer, WorkQueueEndpoint.DEFAULT_BACKOFF);
          meters().ifPresent(meters -> WorkQueueMeters.bind(meters, n, queue));
          return queue;
        });
  }

  /** Has {@link #stuck} look after a queue. */
  void limit(String name, Duration limit) {
    limits.put(name, limit);
  }

  /** Names of the queues that don't move. */
  List<String> stuck() {
    return limits.entrySet().stream()
        .filter(limit -> queue(limit.getKey()).isStuck(limit.getValue()))
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }

  /** Where queues are counted; empty in a program that counts nothing. */
  Optional<MeterRegistry> meters() {
    return Optional.ofNullable(
        getCamelContext().getRegistry().findSingleByType(MeterRegistry.class));
  }
}
