package top.xtlsoft.stoppablecontainer.camel.informer;

import org.apache.camel.Consumer;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.spi.UriEndpoint;
import org.apache.camel.spi.UriParam;
import org.apache.camel.spi.UriPath;
import org.apache.camel.support.DefaultEndpoint;
import org.jspecify.annotations.Nullable;

/** Delivers the events of a named informer of the {@link InformerGroup} to a route. */
@UriEndpoint(
    scheme = "sc-informer",
    title = "Kubernetes informer",
    syntax = "sc-informer:name",
    consumerOnly = true)
public final class InformerEndpoint extends DefaultEndpoint {

  @UriPath private final String name;
  @UriParam private @Nullable InformerGroup informers;

  InformerEndpoint(String uri, InformerComponent component, String name) {
    super(uri, component);
    this.name = name;
  }

  @Override
  public Consumer createConsumer(Processor processor) throws Exception {
    Consumer consumer = new InformerConsumer(this, processor);
    configureConsumer(consumer);
    return consumer;
  }

  @Override
  public Producer createProducer() {
    throw new UnsupportedOperationException("sc-informer:" + name + " has no producer");
  }

  String getName() {
    return name;
  }

  /** The group of the informer; by default the only group in the registry. */
  public InformerGroup getInformers() {
    if (informers == null) {
      informers =
          java.util.Objects.requireNonNull(
              getCamelContext().getRegistry().findSingleByType(InformerGroup.class),
              "sc-informer needs a bean of type InformerGroup");
    }
    return informers;
  }

  public void setInformers(InformerGroup informers) {
    this.informers = informers;
  }
}
