package top.xtlsoft.stoppablecontainer.operator.kube;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.time.Clock;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.camel.informer.InformerGroup;
import top.xtlsoft.stoppablecontainer.operator.pass.Decision;
import top.xtlsoft.stoppablecontainer.operator.pass.Given;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;
import top.xtlsoft.stoppablecontainer.runtime.trace.TracedKeys;

@EnableKubernetesMockClient(crud = true)
class InstanceGatewayTest {

  private final StoppableContainer sc = Given.sc(true);
  private final InformerGroup informers = new InformerGroup();

  private KubernetesMockServer server;
  private KubernetesClient client;
  private OperatorCaches caches;
  private InstanceGateway gateway;
  private StoppableContainerInstance seen;

  /** The informer ends before the test begins: no event of a write ever arrives. */
  @BeforeEach
  void fillTheCache() {
    caches = new OperatorCaches(client, informers, new TracedKeys(), Clock.systemUTC());
    gateway = new InstanceGateway(client, caches, new ResourceReader(client));
    client.resource(Given.instance(sc, true, true)).create();
    informers.get("stoppablecontainerinstances").start();
    await().until(() -> cached().isPresent());
    informers.stop();
    seen = cached().orElseThrow();
  }

  private Optional<StoppableContainerInstance> cached() {
    return caches.instance(sc.getMetadata().getNamespace(), sc.getMetadata().getName());
  }

  private Pass pass(Decision decision) {
    return Given.pass(sc, seen, null, null).decide(decision);
  }

  /** A deletion that comes at once waits for the files of the instance. */
  @Test
  void showsTheNextPassANewInstanceBeforeItsEvent() {
    client.resource(seen).delete();
    caches = new OperatorCaches(client, new InformerGroup(), new TracedKeys(), Clock.systemUTC());
    gateway = new InstanceGateway(client, caches, new ResourceReader(client));
    gateway.create(pass(new Decision.CreateInstance(Given.instance(sc, true, true))));
    assertTrue(cached().isPresent());
  }

  @Test
  void showsTheNextPassAStopBeforeItsEvent() {
    gateway.change(pass(new Decision.AnnounceStop(seen.getSpec().withRunning(false))));
    assertFalse(cached().orElseThrow().getSpec().running());
  }

  @Test
  void showsTheNextPassAStartBeforeItsEvent() {
    gateway.change(pass(new Decision.AnnounceStop(seen.getSpec().withRunning(false))));
    seen = cached().orElseThrow();
    gateway.announceStart(
        pass(
            new Decision.CreateConsumer(
                Optional.of(seen.getSpec().withRunning(true)), Given.consumer(sc, seen), "amd64")));
    assertTrue(cached().orElseThrow().getSpec().running());
  }

  /** A cache that lacks the start takes the pod that was started for one that waits. */
  @Test
  void looksAtTheInstanceThatTheCacheIsTooOldFor() {
    StoppableContainerInstance old = Given.instance(sc, false, true);
    old.getMetadata().setResourceVersion("1");
    Pass looked = gateway.look(Given.pass(sc, old, null, null));
    assertTrue(looked.observed().instance().orElseThrow().getSpec().running());
  }

  /** With {@code --cascade=orphan} the instance loses its owner, and is to stay. */
  @Test
  void deletesTheVersionThatItHasSeen() throws InterruptedException {
    gateway.delete(pass(new Decision.DeleteInstance()));
    assertTrue(
        server
            .getLastRequest()
            .getUtf8Body()
            .contains(
                "\"resourceVersion\":\"%s\"".formatted(seen.getMetadata().getResourceVersion())));
  }

  /** A node that registers anew is missing in the cache for a moment. */
  @Test
  void releasesNothingWhileTheApiServerHasItsNode() throws InterruptedException {
    Pass pass = pass(new Decision.ReleaseInstance("its node has left the cluster"));
    client
        .resource(new NodeBuilder().withNewMetadata().withName(Given.NODE).endMetadata().build())
        .create();
    assertTrue(gateway.release(pass).callAgain().isPresent());
    assertEquals("GET", server.getLastRequest().getMethod());
    client.nodes().withName(Given.NODE).delete();
    gateway.release(pass);
    assertEquals("PATCH", server.getLastRequest().getMethod());
  }

  @Test
  void announcesNoStartTwice() {
    int before = server.getRequestCount();
    gateway.announceStart(
        pass(new Decision.CreateConsumer(Optional.empty(), Given.consumer(sc, seen), "amd64")));
    assertEquals(before, server.getRequestCount());
  }
}
