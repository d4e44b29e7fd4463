package top.xtlsoft.stoppablecontainer.component.workqueue;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.apache.camel.Consumer;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.spi.UriEndpoint;
import org.apache.camel.spi.UriParam;
import org.apache.camel.spi.UriPath;
import org.apache.camel.support.DefaultEndpoint;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.component.informer.InformerGroup;

/** One end of a named {@link WorkQueue}. */
@UriEndpoint(scheme = "sc-workqueue", title = "Keyed work queue", syntax = "sc-workqueue:name")
public final class WorkQueueEndpoint extends DefaultEndpoint {

  static final Duration DEFAULT_BACKOFF_FIRST = Duration.ofMillis(10);
  static final Duration DEFAULT_BACKOFF_MOST = Duration.ofSeconds(30);
  static final Backoff DEFAULT_BACKOFF = new Backoff(DEFAULT_BACKOFF_FIRST, DEFAULT_BACKOFF_MOST);

  private final WorkQueueComponent component;
  @UriPath private final String name;
  @UriParam private int workers = 1;
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
}
