package top.xtlsoft.stoppablecontainer.agent.instance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import top.xtlsoft.stoppablecontainer.agent.AgentFailures;
import top.xtlsoft.stoppablecontainer.agent.AgentSettings;
import top.xtlsoft.stoppablecontainer.agent.FakeCaches;
import top.xtlsoft.stoppablecontainer.agent.FakeContainer;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RecordingSyscalls;
import top.xtlsoft.stoppablecontainer.agent.Scratch;
import top.xtlsoft.stoppablecontainer.agent.attach.ContainerAttacher;
import top.xtlsoft.stoppablecontainer.agent.filesystem.FileSystemMounter;
import top.xtlsoft.stoppablecontainer.agent.filesystem.FileSystemRemover;
import top.xtlsoft.stoppablecontainer.agent.filesystem.ImageLayers;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.HostFolderStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Place;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Storage;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.StorageSettings;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentInstances;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentPods;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.process.Occupants;
import top.xtlsoft.stoppablecontainer.agent.process.Requester;
import top.xtlsoft.stoppablecontainer.agent.process.UserNamespace;
import top.xtlsoft.stoppablecontainer.api.AgentReason;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceSpec;

/** A stop whose container's processes outlive its pod, on the real kernel. */
@EnableKubernetesMockClient
@Timeout(60)
class InstanceSyncerIT {

  private static final String KEY = "ns/one";
  private static final String UID = "uid-1";

  private final RecordingSyscalls recording = new RecordingSyscalls(new JnrSyscalls());
  private final Node node = Node.open(recording.linux());
  private final FileSystemStore store =
      new HostFolderStore(recording.linux(), node, StorageSettings.from(Map.of()));
  private final FileSystemRemover remover = new FileSystemRemover(recording.linux(), node, store);
  private final Occupants occupants = new Occupants(recording.linux());
  private final FileSystemMounter mounter =
      new FileSystemMounter(recording.linux(), node, store, remover, occupants);
  private final FakeCaches caches = new FakeCaches();
  private final AgentFailures failures = new AgentFailures();
  private KubernetesClient client;
  private Scratch scratch;
  private FakeContainer container;
  private InstanceSyncer syncer;

  @BeforeEach
  void runContainer() throws IOException {
    scratch = new Scratch();
    container = FakeContainer.start(scratch.path());
    String prefix = scratch.path() + "/prefix";
    Instance instance = new Instance("ns", "one", UID, new Storage(prefix), "image:1");
    try (Requester requester = Requester.hold(recording.linux(), container.pid()).orElseThrow();
        Fd image = requester.root()) {
      ImageLayers layers = ImageLayers.of(requester.mounts().root().orElseThrow());
      mounter.mount(instance, image, layers, Optional::empty);
      try (Fd rootfs = mounter.mounted(instance).orElseThrow()) {
        ContainerAttacher attacher = new ContainerAttacher(recording.linux(), node, occupants);
        attacher.requireAlone(rootfs, "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f", requester);
        attacher.attach(requester, rootfs, UserNamespace.ofNode(node), old -> {}, true).close();
      }
    }
    recording.cgroup(
        Files.writeString(
            scratch.path().resolve("cgroup"),
            "0::/kubepods/besteffort/pod0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f/" + "1".repeat(64)));
    recording.inCgroupAre(container.pid());
    AgentSettings settings =
        AgentSettings.from(Map.of("NODE_NAME", "node1", "SC_ALLOWED_HOST_PATH_PREFIXES", prefix));
    AgentInstances instances = new AgentInstances(caches.informers(), client);
    AgentPods pods = caches.pods(client, settings);
    syncer =
        new InstanceSyncer(
            instances,
            store,
            new InstanceSizer(recording.linux(), instances, store),
            new OccupantsChecker(instances, pods, mounter, occupants),
            failures);
    StoppableContainerInstance stopped = new StoppableContainerInstance();
    stopped.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace("ns")
            .withName("one")
            .withUid(UID)
            .withGeneration(2L)
            .build());
    stopped.setSpec(new StoppableContainerInstanceSpec("node1", prefix, "image:1", false));
    caches.put(stopped);
  }

  @AfterEach
  void removeIt() throws IOException {
    container.close();
    remover.remove(new Place(scratch.path() + "/prefix", "ns", "one"));
    scratch.close();
  }

  @Test
  void syncsOnceNoProcessIsLeftThatCouldWrite() throws IOException {
    recording.failAt(-1);
    syncer.sync(KEY);
    assertFalse(recording.calls().contains("syncfs"));
    assertEquals(Optional.empty(), syncer.syncedGeneration(UID));
    assertTrue(syncer.isHeldUp(KEY));
    AgentFailures.Failure failure = failures.of(KEY).orElseThrow();
    assertEquals(AgentReason.STOPPING, failure.reason());
    assertTrue(failure.message().contains("process " + container.pid()), failure.message());

    container.close();
    syncer.sync(KEY);
    assertTrue(recording.calls().contains("syncfs"));
    assertEquals(Optional.of(2L), syncer.syncedGeneration(UID));
    assertFalse(syncer.isHeldUp(KEY));
    assertEquals(Optional.empty(), failures.of(KEY));
  }

  @Test
  void removesNothingUnderAProcessThatIsLeft() {
    Place place = new Place(scratch.path() + "/prefix", "ns", "one");
    assertThrows(NotYetException.class, () -> remover.remove(place));
    assertTrue(Files.exists(scratch.path().resolve("prefix/ns/one/upper")));
  }
}
