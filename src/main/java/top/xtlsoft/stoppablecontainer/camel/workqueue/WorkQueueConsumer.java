package top.xtlsoft.stoppablecontainer.camel.workqueue;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.support.DefaultConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import top.xtlsoft.stoppablecontainer.camel.LogKeys;
import top.xtlsoft.stoppablecontainer.camel.ScHeaders;

/**
 * Runs the route once for each key. If the exchange fails or sets {@link ScHeaders#RETRY}, the
 * queue retries the key with back-off. A successful exchange can set {@link
 * ScHeaders#REQUEUE_AFTER}.
 */
final class WorkQueueConsumer extends DefaultConsumer {

  private static final Logger LOG = LoggerFactory.getLogger(WorkQueueConsumer.class);

  private final WorkQueueEndpoint endpoint;
  private ExecutorService workers;
  private Optional<WorkQueueMeters> meters = Optional.empty();

  WorkQueueConsumer(WorkQueueEndpoint endpoint, Processor processor) {
    super(endpoint, processor);
    this.endpoint = endpoint;
  }

  @Override
  protected void doStart() throws Exception {
    super.doStart();
    WorkQueue queue = endpoint.queue();
    endpoint.checkLiveness();
    ExecutorService pool =
        endpoint
            .getCamelContext()
            .getExecutorServiceManager()
            .newFixedThreadPool(this, "workqueue-" + endpoint.getName(), endpoint.getWorkers());
    workers = pool;
    meters = endpoint.meters().map(registry -> new WorkQueueMeters(registry, endpoint.getName()));
    endpoint
        .opened()
        .thenRun(
            () -> {
              queue.open();
              queue.setWorked(true);
              for (int i = 0; i < endpoint.getWorkers(); i++) {
                if (!pool.isShutdown()) {
                  pool.execute(() -> work(queue));
                }
              }
            });
  }

  @Override
  protected void doStop() throws Exception {
    // Waiting workers end at once; a worker with a key finishes its exchange first.
    endpoint.queue().setWorked(false);
    endpoint.queue().wakeWorkers();
    endpoint.getCamelContext().getExecutorServiceManager().shutdownGraceful(workers);
    super.doStop();
  }

  private void work(WorkQueue queue) {
    try {
      while (isRunAllowed()) {
        Optional<String> key = queue.take(this::isRunAllowed);
        if (key.isEmpty()) {
          return;
        }
        handle(queue, key.get());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void handle(WorkQueue queue, String key) {
    Exchange exchange = createExchange(true);
    exchange.getIn().setBody(key);
    exchange.getIn().setHeader(ScHeaders.KEY, key);
    LogKeys.put(key);
    long began = System.nanoTime();
    boolean retry = true;
    Duration again = null;
    try {
      getProcessor().process(exchange);
      retry =
          exchange.isFailed()
              || exchange.getMessage().getHeader(ScHeaders.RETRY, false, Boolean.class);
      again = exchange.getMessage().getHeader(ScHeaders.REQUEUE_AFTER, Duration.class);
    } catch (Exception e) {
      exchange.setException(e);
    } finally {
      giveBack(queue, key, retry, again);
      boolean done = !retry;
      meters.ifPresent(m -> m.record(done, System.nanoTime() - began));
      if (exchange.getException() != null) {
        getExceptionHandler()
            .handleException("Route failed: key=" + key, exchange, exchange.getException());
      }
      releaseExchange(exchange, true);
      MDC.clear();
    }
  }

  private static void giveBack(WorkQueue queue, String key, boolean retry, Duration again) {
    if (retry) {
      Duration delay = queue.failed(key);
      LOG.debug("Retrying key: delayMs={}", delay.toMillis());
      return;
    }
    queue.done(key);
    if (again != null) {
      queue.putAfter(key, again);
    }
  }
}
