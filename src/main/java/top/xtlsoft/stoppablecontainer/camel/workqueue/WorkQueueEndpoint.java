package top.xtlsoft.stoppablecontainer.camel.workqueue;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.camel.Consumer;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.spi.UriEndpoint;
import org.apache.camel.spi.UriParam;
import org.apache.camel.spi.UriPath;
import org.apache.camel.support.DefaultEndpoint;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.camel.informer.InformerGroup;

/** One end of a named {@link WorkQueue}. */
@UriEndpoint(scheme = "sc-workqueue", title = "Keyed work queue", syntax = "sc-workqueue:name")
public final class WorkQueueEndpoint extends DefaultEndpoint {

  static final Duration DEFAULT_BACKOFF_FIRST = Duration.ofMillis(10);
  static final Duration DEFAULT_BACKOFF_MOST = Duration.ofSeconds(30);

  /** Requests to the API server, and what is done on a node for a pod, end far earlier. */
  static final long DEFAULT_STALL_SECONDS = 600;

  static final Backoff DEFAULT_BACKOFF = new Backoff(DEFAULT_BACKOFF_FIRST, DEFAULT_BACKOFF_MOST);

  private final WorkQueueComponent component;
  @UriPath private final String name;
  @UriParam private int workers = 1;
  @UriParam private long stallSeconds = DEFAULT_STALL_SECONDS;
  @UriParam private long backoffFirstMs = DEFAULT_BACKOFF_FIRST.toMillis();
  @UriParam private long backoffMostMs = DEFAULT_BACKOFF_MOST.toMillis();

  WorkQueueEndpoint(String uri, WorkQueueComponent component, String name) {
    super(uri, component);
    this.component = component;
    this.name = name;
  }

  @Override
  public Consumer createConsumer(Processor processor) throws Exception {
    Consumer consumer = new WorkQueueConsumer(this, processor);
    configureConsumer(consumer);
    return consumer;
  }

  @Override
  public Producer createProducer() {
    return new WorkQueueProducer(this);
  }

  WorkQueue queue() {
    return component.queue(name);
  }

  /** Has liveness depend on the queue. */
  void watchOverIt() {
    if (stallSeconds > 0) {
      component.limit(name, Duration.ofSeconds(stallSeconds));
    }
  }

  Optional<MeterRegistry> meters() {
    return component.meters();
  }

  String getName() {
    return name;
  }

  Backoff backoff() {
    return new Backoff(Duration.ofMillis(backoffFirstMs), Duration.ofMillis(backoffMostMs));
  }

  /**
   * Completes when keys may be handed out: once all informers have listed, at once where there are
   * none.
   */
  CompletableFuture<Void> opened() {
    @Nullable InformerGroup informers =
        getCamelContext().getRegistry().findSingleByType(InformerGroup.class);
    return informers == null ? CompletableFuture.completedFuture(null) : informers.synced();
  }

  public int getWorkers() {
    return workers;
  }

  /** How many keys may be handed out at a time; 1 by default. */
  public void setWorkers(int workers) {
    this.workers = workers;
  }

  public long getBackoffFirstMs() {
    return backoffFirstMs;
  }

  /** Milliseconds that a key is held back after its first failure. */
  public void setBackoffFirstMs(long backoffFirstMs) {
    this.backoffFirstMs = backoffFirstMs;
  }

  public long getBackoffMostMs() {
    return backoffMostMs;
  }

  /** Milliseconds that a key is held back at most. */
  public void setBackoffMostMs(long backoffMostMs) {
    this.backoffMostMs = backoffMostMs;
  }

  public long getStallSeconds() {
    return stallSeconds;
  }

  /**
   * Seconds that a worker may have a key before the program no longer counts as live; 0 for work
   * whose time depends on a disk, which a restart would not make faster.
   */
  public void setStallSeconds(long stallSeconds) {
    this.stallSeconds = stallSeconds;
  }
}
