package top.xtlsoft.stoppablecontainer.operator.kube;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.operator.pass.Decision;
import top.xtlsoft.stoppablecontainer.operator.pass.Given;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;

@EnableKubernetesMockClient(crud = true)
class InstanceGatewayTest {

  private final StoppableContainer sc = Given.sc(true);

  private KubernetesMockServer server;
  private KubernetesClient client;
  private InstanceGateway gateway;
  private StoppableContainerInstance seen;

  @BeforeEach
  void create() {
    gateway = new InstanceGateway(client);
    seen = client.resource(Given.instance(sc, true, true)).create();
  }

  private Pass pass(Decision decision) {
    return Given.pass(sc, seen, null, null).decide(decision);
  }

  private Pass start() {
    return pass(new Decision.CreateConsumer(Optional.empty(), Given.consumer(sc, seen), "amd64"));
  }

  private boolean isRunning() {
    return client.resource(seen).get().getSpec().running();
  }

  @Test
  void announcesAStartOverACacheThatLacksTheStop() {
    gateway.change(pass(new Decision.AnnounceStop(seen.getSpec().withRunning(false))));
    assertFalse(isRunning());
    Pass started = gateway.announceStart(start());
    assertTrue(isRunning());
    assertTrue(started.observed().instance().orElseThrow().getSpec().running());
  }

  @Test
  void announcesNoStartTwice() {
    int before = server.getRequestCount();
    gateway.announceStart(start());
    assertEquals(before, server.getRequestCount());
  }
}
