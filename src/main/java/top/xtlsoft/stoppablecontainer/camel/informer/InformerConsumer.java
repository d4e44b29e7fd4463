package top.xtlsoft.stoppablecontainer.camel.informer;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.support.DefaultConsumer;
import top.xtlsoft.stoppablecontainer.camel.ScHeaders;

/**
 * Runs the route once for each event, on the informer's thread. The informer delivers the next
 * event only after the route has returned, so the route must only queue the key ({@code
 * sc-workqueue}).
 */
final class InformerConsumer extends DefaultConsumer {

  private final InformerEndpoint endpoint;

  InformerConsumer(InformerEndpoint endpoint, Processor processor) {
    super(endpoint, processor);
    this.endpoint = endpoint;
  }

  @Override
  protected void doStart() throws Exception {
    super.doStart();
    listenTo(endpoint.getInformers().get(endpoint.getName()));
    endpoint.getInformers().start(endpoint.getName());
  }

  @Override
  protected void doStop() throws Exception {
    endpoint.getInformers().get(endpoint.getName()).stop();
    super.doStop();
  }

  private <T extends HasMetadata> void listenTo(SharedIndexInformer<T> informer) {
    informer.addEventHandler(
        new ResourceEventHandler<T>() {
          @Override
          public void onAdd(T added) {
            deliver(added, InformerEventType.ADDED);
          }

          @Override
          public void onUpdate(T old, T updated) {
            deliver(updated, InformerEventType.UPDATED);
          }

          @Override
          public void onDelete(T deleted, boolean finalStateUnknown) {
            deliver(deleted, InformerEventType.DELETED);
          }
        });
  }

  private void deliver(HasMetadata object, InformerEventType type) {
    Exchange exchange = createExchange(true);
    exchange.getIn().setBody(object);
    exchange.getIn().setHeader(ScHeaders.EVENT_TYPE, type);
    exchange.getIn().setHeader(ScHeaders.KEY, key(object));
    try {
      getProcessor().process(exchange);
    } catch (Exception e) {
      exchange.setException(e);
    }
    if (exchange.getException() != null) {
      getExceptionHandler()
          .handleException(
              "Informer event failed: type=" + type + " key=" + key(object),
              exchange,
              exchange.getException());
    }
    releaseExchange(exchange, true);
  }

  private static String key(HasMetadata object) {
    String namespace = object.getMetadata().getNamespace();
    String name = object.getMetadata().getName();
    return namespace == null ? name : namespace + "/" + name;
  }
}
