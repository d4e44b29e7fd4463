package top.xtlsoft.stoppablecontainer.operator.kube;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerRestore;
import top.xtlsoft.stoppablecontainer.camel.informer.InformerGroup;
import top.xtlsoft.stoppablecontainer.runtime.trace.TracedKeys;

@EnableKubernetesMockClient(crud = true)
@Timeout(30)
class AwaitedSnapshotsTest {

  private final InformerGroup informers = new InformerGroup();

  private KubernetesClient client;

  private Set<String> awaited(HasMetadata... objects) {
    for (HasMetadata object : objects) {
      client.resource(object).create();
    }
    OperatorCaches caches =
        new OperatorCaches(client, informers, new TracedKeys(), Clock.systemUTC());
    List.of("stoppablecontainers", "stoppablecontainerinstances", "stoppablecontainerrestores")
        .forEach(
            name -> {
              informers.get(name).start();
              await().until(() -> informers.get(name).hasSynced());
            });
    return new AwaitedSnapshots(caches).in("ns");
  }

  @AfterEach
  void stopInformers() {
    informers.stop();
  }

  private static <T extends HasMetadata> T object(
      Class<T> kind, String namespace, String name, String rest) {
    T object = Serialization.unmarshal(rest, kind);
    object.setMetadata(new ObjectMetaBuilder().withNamespace(namespace).withName(name).build());
    return object;
  }

  private static HasMetadata restore(String namespace, String name, String status) {
    return object(
        StoppableContainerRestore.class,
        namespace,
        name,
        "spec: {target: {name: box}, snapshotName: of-%s}\nstatus: %s".formatted(name, status));
  }

  private static HasMetadata container(String name, String source) {
    return object(
        StoppableContainer.class,
        "ns",
        name,
        "spec: {source: %s, template: {container: {image: 'image:1'}}}".formatted(source));
  }

  private static HasMetadata instance(String name, String status) {
    return object(
        StoppableContainerInstance.class,
        "ns",
        name,
        "spec: {hostPathPrefix: /var/lib/stoppablecontainer, image: 'image:1'}\nstatus: %s"
            .formatted(status));
  }

  @Test
  void namesWhatRestoresStillNeed() {
    assertEquals(
        Set.of("of-new", "of-waiting", "of-begun"),
        awaited(
            restore("ns", "new", "null"),
            restore("ns", "waiting", "{phase: Pending}"),
            restore("ns", "begun", "{phase: Restoring}"),
            restore("ns", "done", "{phase: Restored}"),
            restore("ns", "failed", "{phase: Failed}"),
            restore("elsewhere", "other", "{phase: Pending}"),
            object(
                StoppableContainerRestore.class,
                "ns",
                "to-image",
                "spec: {target: {name: box}, toImage: true}")));
  }

  @Test
  void namesWhatClonesWithoutFilesStillNeed() {
    assertEquals(
        Set.of("one", "two", "third-source"),
        awaited(
            container("first", "{snapshotName: one}"),
            container("second", "{snapshotName: two}"),
            instance("second", "{agent: {mount: {mounted: false}}}"),
            container("third", "{containerName: box}"),
            container("made", "{snapshotName: three}"),
            instance("made", "{agent: {mount: {mounted: true, imageID: 'sha256:1'}}}"),
            container("plain", "null")));
  }
}
