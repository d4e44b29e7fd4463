package top.xtlsoft.stoppablecontainer.operator.kube;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import java.time.Clock;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.camel.informer.InformerGroup;
import top.xtlsoft.stoppablecontainer.operator.model.BinConfigMapFactory;
import top.xtlsoft.stoppablecontainer.operator.pass.Decision;
import top.xtlsoft.stoppablecontainer.operator.pass.Given;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;
import top.xtlsoft.stoppablecontainer.runtime.trace.TracedKeys;

/** A ConfigMap that was made before the admission policy was is not trusted by its name. */
@EnableKubernetesMockClient(crud = true)
@Timeout(60)
class ConfigMapGatewayTest {

  private static final String ARCHITECTURE = "amd64";

  private final BinConfigMapFactory factory =
      new BinConfigMapFactory(
          Map.of(ARCHITECTURE, Map.of("sc-exec", new byte[] {1}, "pause", new byte[] {2})));
  private KubernetesClient client;
  private ConfigMapGateway gateway;

  @BeforeEach
  void make() {
    OperatorCaches caches =
        new OperatorCaches(client, new InformerGroup(), new TracedKeys(), Clock.systemUTC());
    gateway = new ConfigMapGateway(client, caches, factory);
  }

  private static Pass createsProvider() {
    StoppableContainer sc = Given.sc(true);
    StoppableContainerInstance instance = Given.instance(sc, true, false);
    return Given.pass(sc, instance, null, null)
        .decide(new Decision.CreateProvider(Given.provider(sc, instance), ARCHITECTURE));
  }

  private ConfigMap desired() {
    return factory.configMap("ns", ARCHITECTURE);
  }

  @Test
  void createsAMissingConfigMap() {
    assertTrue(gateway.ensure(createsProvider()).isOpen());
    assertEquals(desired().getBinaryData(), client.resource(desired()).get().getBinaryData());
    assertTrue(gateway.ensure(createsProvider()).isOpen());
  }

  @Test
  void acceptsAConfigMapWithTheSameContent() {
    client.resource(desired()).create();
    assertTrue(gateway.ensure(createsProvider()).isOpen());
  }

  @Test
  void refusesAConfigMapWithOtherContent() {
    client
        .resource(
            new ConfigMapBuilder(desired())
                .withBinaryData(Map.of("sc-exec", "Aw==", "pause", "Ag=="))
                .build())
        .create();
    Pass pass = gateway.ensure(createsProvider());
    assertEquals(ConditionReason.NAME_COLLISION, pass.problem().orElseThrow().reason());
    assertTrue(pass.problem().orElseThrow().message().contains(factory.name(ARCHITECTURE)));
  }

  @Test
  void refusesAMutableConfigMap() {
    client.resource(new ConfigMapBuilder(desired()).withImmutable(null).build()).create();
    assertTrue(gateway.ensure(createsProvider()).problem().isPresent());
  }
}
