package top.xtlsoft.stoppablecontainer.component.workqueue;

import java.time.Duration;
import org.apache.camel.Exchange;
import org.apache.camel.support.DefaultProducer;
import top.xtlsoft.stoppablecontainer.component.ScHeaders;

/**
 * Puts the key in header {@link ScHeaders#KEY} on the queue, after {@link ScHeaders#DELAY} where
 * that is set.
 */
final class WorkQueueProducer extends DefaultProducer {

  private final WorkQueueEndpoint endpoint;

  WorkQueueProducer(WorkQueueEndpoint endpoint) {
    super(endpoint);
    this.endpoint = endpoint;
  }

  @Override
  public void process(Exchange exchange) {
    String key = exchange.getIn().getHeader(ScHeaders.KEY, String.class);
    if (key == null || key.isEmpty()) {
      throw new IllegalArgumentException(
          "header "
              + ScHeaders.KEY
              + " must name what is put on sc-workqueue:"
              + endpoint.getName());
    }
    Duration delay = exchange.getIn().getHeader(ScHeaders.DELAY, Duration.ZERO, Duration.class);
    if (delay.isZero()) {
      endpoint.queue().put(key);
    } else {
      endpoint.queue().putAfter(key, delay);
    }
  }
}
