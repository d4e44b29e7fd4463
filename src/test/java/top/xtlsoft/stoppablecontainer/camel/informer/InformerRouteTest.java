package top.xtlsoft.stoppablecontainer.camel.informer;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import java.util.concurrent.TimeUnit;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.mock.MockEndpoint;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.camel.ScHeaders;

@EnableKubernetesMockClient(crud = true)
class InformerRouteTest {

  private KubernetesClient client;
  private final DefaultCamelContext camel = new DefaultCamelContext();
  private final InformerGroup informers = new InformerGroup();

  private static ConfigMap configMap(String value) {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withNamespace("ns")
        .withName("one")
        .endMetadata()
        .addToData("key", value)
        .build();
  }

  @BeforeEach
  void startRoute() throws Exception {
    informers.register("configmaps", client.configMaps().inAnyNamespace().runnableInformer(0));
    camel.getRegistry().bind("informers", informers);
    camel.addRoutes(
        new RouteBuilder() {
          @Override
          public void configure() {
            from("sc-informer:configmaps").to("mock:events");
          }
        });
    camel.start();
    informers.synced().get(60, TimeUnit.SECONDS);
  }

  @AfterEach
  void stopRoute() {
    camel.stop();
  }

  @Test
  void routeReceivesEachEventWithItsKey() throws Exception {
    MockEndpoint events = camel.getEndpoint("mock:events", MockEndpoint.class);
    events.setResultWaitTime(60_000);
    events.expectedMessageCount(3);
    events.expectedHeaderValuesReceivedInAnyOrder(
        ScHeaders.EVENT_TYPE,
        InformerEventType.ADDED,
        InformerEventType.UPDATED,
        InformerEventType.DELETED);
    events.expectedHeaderReceived(ScHeaders.KEY, "ns/one");
    client.resource(configMap("1")).create();
    client.resource(configMap("2")).update();
    client.resource(configMap("2")).delete();
    events.assertIsSatisfied();
    assertTrue(informers.isHealthy());
  }
}
