package top.xtlsoft.stoppablecontainer.camel.workqueue;

import org.apache.camel.Exchange;
import org.apache.camel.support.DefaultProducer;
import top.xtlsoft.stoppablecontainer.camel.ScHeaders;

/**
 * Queues the key in header {@link ScHeaders#KEY}, in the background if {@link ScHeaders#BACKGROUND}
 * is set.
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
          "header " + ScHeaders.KEY + " must hold the key for sc-workqueue:" + endpoint.getName());
    }
    if (exchange.getIn().getHeader(ScHeaders.BACKGROUND, false, Boolean.class)) {
      endpoint.queue().putInBackground(key);
    } else {
      endpoint.queue().put(key);
    }
  }
}
