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

/** Endpoint of a named {@link WorkQueue}. */
@UriEndpoint(scheme = "sc-workqueue", title = "Keyed work queue", syntax = "sc-workqueue:name")
public final class WorkQueueEndpoint extends DefaultEndpoint {

  /** Far longer than any API request or any work for a pod on the node. */
  static final long DEFAULT_STALL_SECONDS = 600;

  private final WorkQueueComponent component;
  @UriPath private final String name;
  @UriParam private int workers = 1;
  @UriParam private long stallSeconds = DEFAULT_STALL_SECONDS;

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

  /** Makes liveness depend on this queue. */
  void checkLiveness() {
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

  /**
   * Completes when workers may take keys: after all informers have listed; at once if there are
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

  /** Number of workers; 1 by default. */
  public void setWorkers(int workers) {
    this.workers = workers;
  }

  public long getStallSeconds() {
    return stallSeconds;
  }

  /**
   * Seconds that a worker may have a key before liveness fails; 0 disables the check, for work that
   * depends on the speed of a disk: a restart would not make it faster.
   */
  public void setStallSeconds(long stallSeconds) {
    this.stallSeconds = stallSeconds;
  }
}
