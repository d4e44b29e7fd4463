package top.xtlsoft.stoppablecontainer.agent.request;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import top.xtlsoft.stoppablecontainer.agent.AgentSettings;
import top.xtlsoft.stoppablecontainer.agent.FakeCaches;
import top.xtlsoft.stoppablecontainer.agent.FakeContainer;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.RecordingSyscalls;
import top.xtlsoft.stoppablecontainer.agent.RequestType;
import top.xtlsoft.stoppablecontainer.agent.Scratch;
import top.xtlsoft.stoppablecontainer.agent.filesystem.FileSystemMounter;
import top.xtlsoft.stoppablecontainer.agent.filesystem.FileSystemRemover;
import top.xtlsoft.stoppablecontainer.agent.filesystem.ImageContents;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.HostFolderStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Storage;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.StorageSettings;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.process.NodeMounts;
import top.xtlsoft.stoppablecontainer.agent.process.Occupants;
import top.xtlsoft.stoppablecontainer.agent.process.Requester;
import top.xtlsoft.stoppablecontainer.api.ApiNames;

/** A consumer asks before its provider pod does, and shows a root of its image. */
@EnableKubernetesMockClient
@Timeout(60)
class MountAheadIT {

  private static final String POD = "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f";
  private static final String CONTAINER = "a".repeat(64);

  private final RecordingSyscalls recording = new RecordingSyscalls(new JnrSyscalls());
  private final LinuxSyscalls linux = recording.linux();
  private final Node node = Node.open(linux);
  private final FileSystemStore store =
      new HostFolderStore(linux, node, StorageSettings.from(Map.of()));
  private final FileSystemRemover remover = new FileSystemRemover(linux, node, store);
  private final FileSystemMounter mounter =
      new FileSystemMounter(linux, node, store, remover, new Occupants(linux));
  private final FakeCaches caches = new FakeCaches();

  private KubernetesClient client;
  private Scratch scratch;
  private FakeContainer container;
  private Instance instance;

  @BeforeEach
  void start() throws IOException {
    scratch = new Scratch();
    Files.writeString(scratch.folder("image").resolve("of-image"), "image");
    container = FakeContainer.start(scratch.path());
    recording.cgroup(
        Files.writeString(
            scratch.path().resolve("cgroup"), "0::/kubepods/pod" + POD + "/" + CONTAINER + "\n"));
    instance =
        new Instance("ns", "box", "uid-1", new Storage(scratch.path() + "/prefix"), "image:1");
    caches.put(pod("box-provider", "pause"));
  }

  @AfterEach
  void stop() throws IOException {
    container.close();
    remover.remove(store.placeOf(instance));
    scratch.close();
  }

  private Pod pod(String name, String container) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace("ns")
        .withName(name)
        .withUid(POD)
        .addNewOwnerReference()
        .withApiVersion(ApiNames.GROUP + "/v1alpha1")
        .withKind("StoppableContainerInstance")
        .withName("box")
        .withUid("uid-1")
        .withController(true)
        .endOwnerReference()
        .endMetadata()
        .withNewSpec()
        .addNewContainer()
        .withName(container)
        .endContainer()
        .endSpec()
        .build();
  }

  /**
   * Whether the file system is mounted after the consumer's container asked.
   *
   * @param stoppable name of the consumer's container that asks
   * @param seenBy number of the process whose mounts are the node's
   */
  private boolean mountsAhead(String stoppable, long seenBy) {
    RequestMounter requests =
        new RequestMounter(
            linux,
            node,
            caches.pods(client, AgentSettings.from(Map.of("NODE_NAME", "node1"))),
            mounter,
            new ImageContents(null),
            null,
            (id, podUid, name) ->
                id.equals(CONTAINER) && podUid.equals(POD) && name.equals(stoppable),
            new NodeMounts(Path.of("/proc/" + seenBy + "/mountinfo")));
    try (Requester requester = Requester.hold(linux, container.pid()).orElseThrow()) {
      requests.mountAhead(
          new PodRequest(pod("box", "work"), RequestType.ATTACH, "1", requester), instance);
    }
    return mounter.isDone(instance);
  }

  @Test
  void takesTheRootThatTheNodeShows() throws Exception {
    assertTrue(mountsAhead("work", container.pid()));
    assertEquals(
        "image", Files.readString(scratch.path().resolve("prefix/ns/box/rootfs/of-image")));
  }

  @Test
  void takesNoRootThatThePodMayHaveMountedItself() {
    assertFalse(mountsAhead("work", 1));
  }

  @Test
  void takesNoRootOfADebuggingContainer() {
    assertFalse(mountsAhead("debugger", container.pid()));
  }

  @Test
  void waitsForAProviderPodToKeepTheLayers() {
    caches.remove(pod("box-provider", "pause"));
    assertFalse(mountsAhead("work", container.pid()));
  }
}
