package top.xtlsoft.stoppablecontainer.camel.workqueue;

import java.time.Duration;
import org.apache.camel.Exchange;
import org.apache.camel.support.DefaultProducer;
import top.xtlsoft.stoppablecontainer.camel.ScHeaders;

/**
 * Puts the key in header {@link ScHeaders#KEY} on the queue: after {@link ScHeaders#DELAY} where
 * that is set, behind what somebody waits for where {@link ScHeaders#BACKGROUND} is.
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
    if (!delay.isZero()) {
      endpoint.queue().putAfter(key, delay);
    } else if (exchange.getIn().getHeader(ScHeaders.BACKGROUND, false, Boolean.class)) {
      endpoint.queue().putInBackground(key);
    } else {
      endpoint.queue().put(key);
    }
  }
}
