package top.xtlsoft.stoppablecontainer.operator.kube;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.operator.pass.Decision;
import top.xtlsoft.stoppablecontainer.operator.pass.Given;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;

/** Whether a time may end a container whose StoppableContainer the cache has. */
@EnableKubernetesMockClient(crud = true)
class ResourceGatewayTest {

  private KubernetesClient client;
  private ResourceGateway gateway;
  private StoppableContainer seen;

  @BeforeEach
  void create() {
    gateway = new ResourceGateway(client, new ResourceReader(client));
    seen = client.resource(Given.sc(true)).create();
  }

  private Pass stop() {
    return Given.pass(seen, null, null, null).decide(new Decision.DeleteConsumer("its time"));
  }

  @Test
  void letsATimeEndWhatIsAsTheCacheHasIt() {
    Pass stop = stop();
    assertSame(stop, gateway.look(stop));
  }

  @Test
  void waitsForTheEventOfAChange() {
    client
        .resource(seen)
        .edit(
            sc -> {
              sc.getMetadata().setAnnotations(Map.of("changed", "true"));
              return sc;
            });
    Pass looked = gateway.look(stop());
    assertInstanceOf(Decision.Await.class, looked.decision());
    assertEquals(Optional.of(Duration.ofSeconds(1)), looked.callAgain());
  }

  @Test
  void waitsForTheEventOfADeletion() {
    client.resource(seen).delete();
    assertInstanceOf(Decision.Await.class, gateway.look(stop()).decision());
  }
}
