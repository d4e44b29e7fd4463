package top.xtlsoft.stoppablecontainer.operator.kube;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Clock;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.ResourceKey;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.camel.informer.InformerGroup;
import top.xtlsoft.stoppablecontainer.runtime.trace.TracedKeys;

@EnableKubernetesMockClient(crud = true)
@Timeout(30)
class OperatorCachesTest {

  private KubernetesClient client;
  private final InformerGroup informers = new InformerGroup();
  private OperatorCaches caches;
  private ResourceObserver observer;

  @BeforeEach
  void startInformers() {
    caches = new OperatorCaches(client, informers, new TracedKeys(), Clock.systemUTC());
    observer = new ResourceObserver(caches, new ResourceReader(client), Clock.systemUTC());
    informers.get("stoppablecontainers").start();
    informers.get("stoppablecontainerinstances").start();
  }

  @AfterEach
  void stopInformers() {
    informers.stop();
  }

  private static Node node(String name) {
    return new NodeBuilder().withNewMetadata().withName(name).endMetadata().build();
  }

  private static StoppableContainerInstance instance(String name, String node) {
    return Serialization.unmarshal(
        """
        apiVersion: stoppablecontainer.xtlsoft.top/v1alpha1
        kind: StoppableContainerInstance
        metadata: {name: %s, namespace: ns}
        spec: {nodeName: %s, hostPathPrefix: /var/lib/stoppablecontainer, image: "image:1"}
        """
            .formatted(name, node),
        StoppableContainerInstance.class);
  }

  private static StoppableContainer resource(String namespace, String name) {
    return Serialization.unmarshal(
        """
        apiVersion: stoppablecontainer.xtlsoft.top/v1alpha1
        kind: StoppableContainer
        metadata: {name: %s, namespace: %s}
        spec: {template: {container: {image: "image:1"}}}
        """
            .formatted(name, namespace),
        StoppableContainer.class);
  }

  @Test
  void knowsWhichInstancesLieOnANode() {
    client.resource(instance("here", "node1")).create();
    client.resource(instance("there", "node2")).create();
    client.resource(instance("nowhere", "null")).create();
    await().until(() -> observer.keysOnNode(node("node1")), List.of("ns/here")::equals);
    client.resource(instance("nowhere", "node2")).update();
    await().until(() -> observer.keysOnNode(node("node2")).size() == 2);
    assertEquals(List.of("ns/here"), observer.keysOnNode(node("node1")));
  }

  /** What a pass needs of a large one is read again; the cache holds next to nothing of it. */
  @Test
  void readsALargeTemplateOnlyInAPass() {
    client.resource(withVariable("large", Abridgement.MAX_KEPT_BYTES)).create();
    client.resource(withVariable("huge", ApiNames.MOST_SPEC_BYTES)).create();
    client.resource(resource("ns", "usual")).create();
    await().until(() -> caches.resources().count() == 3);
    assertTrue(caches.resource("ns", "usual").filter(Abridgement::isAbridged).isEmpty());
    for (String name : List.of("large", "huge")) {
      StoppableContainer cached = caches.resource("ns", name).orElseThrow();
      assertTrue(JsonSize.bytes(cached) < Abridgement.MAX_KEPT_BYTES, name);
      assertEquals(true, cached.getSpec().running(), name);
    }
    assertEquals(
        "image:1",
        observer.observe("ns/large").observed().sc().getSpec().template().container().getImage());
    assertNull(observer.observe("ns/huge").observed().sc().getSpec().template());
  }

  /** Metadata are of any size, too. */
  @Test
  void keepsOwnFinalizersAmongManyAndNoLabels() {
    StoppableContainer many = resource("ns", "many");
    many.getMetadata()
        .setFinalizers(
            Stream.concat(
                    IntStream.range(0, 1000).mapToObj(i -> "example.com/" + i),
                    Stream.of(ApiNames.FINALIZER))
                .toList());
    many.getMetadata()
        .setLabels(
            IntStream.range(0, 1000)
                .boxed()
                .collect(Collectors.toMap(i -> "example.com/" + i, Object::toString)));
    client.resource(many).create();
    await().until(() -> caches.resources().count() == 1);
    StoppableContainer cached = caches.resource("ns", "many").orElseThrow();
    assertTrue(cached.hasFinalizer(ApiNames.FINALIZER));
    assertTrue(JsonSize.bytes(cached) < Abridgement.MAX_KEPT_BYTES);
    assertEquals(1001, ResourceReader.finalizers(client, cached).size());
  }

  private static StoppableContainer withVariable(String name, int letters) {
    return Serialization.unmarshal(
        """
        apiVersion: stoppablecontainer.xtlsoft.top/v1alpha1
        kind: StoppableContainer
        metadata: {name: %s, namespace: ns}
        spec:
          running: true
          template: {container: {image: "image:1", env: [{name: A, value: %s}]}}
        """
            .formatted(name, "x".repeat(letters)),
        StoppableContainer.class);
  }

  @Test
  void knowsTheLastResourceOfANamespace() {
    StoppableContainer one = client.resource(resource("ns", "one")).create();
    client.resource(resource("ns", "two")).create();
    client.resource(resource("other", "one")).create();
    await().until(() -> caches.resources().count() == 3);
    assertFalse(caches.isLast(new ResourceKey("ns", "two")));
    assertTrue(caches.isLast(new ResourceKey("other", "one")));
    client.resource(one).delete();
    await().until(() -> caches.resources().count() == 2);
    assertTrue(caches.isLast(new ResourceKey("ns", "two")));
    assertFalse(caches.isLast(new ResourceKey("ns", "not-known-yet")));
  }
}
