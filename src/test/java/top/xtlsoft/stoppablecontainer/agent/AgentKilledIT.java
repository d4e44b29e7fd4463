package top.xtlsoft.stoppablecontainer.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import top.xtlsoft.stoppablecontainer.agent.attach.ContainerAttacher;
import top.xtlsoft.stoppablecontainer.agent.filesystem.FileSystemMounter;
import top.xtlsoft.stoppablecontainer.agent.filesystem.FileSystemRemover;
import top.xtlsoft.stoppablecontainer.agent.filesystem.ImageLayers;
import top.xtlsoft.stoppablecontainer.agent.filesystem.LayerCollector;
import top.xtlsoft.stoppablecontainer.agent.filesystem.SnapshotFolders;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FolderRecord;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.HostFolderStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Storage;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.StorageSettings;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.NamespaceThread;
import top.xtlsoft.stoppablecontainer.agent.process.Occupants;
import top.xtlsoft.stoppablecontainer.agent.process.Requester;
import top.xtlsoft.stoppablecontainer.agent.process.UserNamespace;

/** An agent is killed before each step of what it does, and the next one makes it whole. */
@Timeout(300)
class AgentKilledIT {

  private static final long MS_SHARED = 1 << 20;

  /** Bytes of the smallest disk image. */
  private static final long MIN_SIZE = 64 << 20;

  private final LinuxSyscalls linux = new JnrSyscalls();
  private final Node node = Node.open(linux);
  private final FileSystemStore store =
      new HostFolderStore(linux, node, StorageSettings.from(Map.of()));
  private final FileSystemRemover remover = new FileSystemRemover(linux, node, store);
  private final Occupants occupants = new Occupants(linux);
  private final FileSystemMounter mounter =
      new FileSystemMounter(linux, node, store, remover, occupants);
  private final ContainerAttacher attacher = new ContainerAttacher(linux, node, occupants);
  private final SnapshotFolders snapshots =
      new SnapshotFolders(linux, node, store, remover, mounter, new LayerCollector(store, remover));

  private Scratch scratch;
  private FakeContainer container;
  private Instance instance;

  @BeforeEach
  void start() throws Exception {
    scratch = new Scratch();
    // As a node's root is: a mount below it begins shared.
    linux.mount("none", scratch.path().toString(), "none", MS_SHARED, "");
    Files.writeString(scratch.folder("image").resolve("of-image"), "image");
    Files.setPosixFilePermissions(
        scratch.folder("own"), PosixFilePermissions.fromString("rwxr-x--x"));
    container = FakeContainer.start(scratch.path());
    instance =
        new Instance("ns", "one", "uid-1", new Storage(scratch.path() + "/prefix"), "image:1");
  }

  @AfterEach
  void stop() throws Exception {
    container.close();
    remove();
    scratch.close();
  }

  private Path folder(String name) {
    return scratch.path().resolve("prefix/ns/one").resolve(name);
  }

  private void remove() {
    remover.remove(store.placeOf(instance));
  }

  private void mount() {
    mount(instance);
  }

  private void mount(Instance instance) {
    try (Requester requester = Requester.hold(linux, container.pid()).orElseThrow();
        Fd root = requester.root()) {
      ImageLayers layers = ImageLayers.of(requester.mounts().root().orElseThrow());
      mounter.mount(instance, root, layers, Optional::empty);
    }
  }

  private void attach() {
    try (Requester requester = Requester.hold(linux, container.pid()).orElseThrow();
        Fd rootfs = mounter.mounted(instance).orElseThrow()) {
      attacher.attach(requester, rootfs, UserNamespace.ofNode(node), image -> {}, true).close();
    }
  }

  private boolean killed(KilledAgent.Action action, int step) throws IOException {
    return KilledAgent.killed(action, instance, container.pid(), step);
  }

  @Test
  void mountsWhereverTheLastAgentWasKilled() throws Exception {
    int step = 0;
    while (killed(KilledAgent.Action.MOUNT, step)) {
      mount();
      assertTrue(mounter.isDone(instance), "step " + step);
      assertEquals(
          List.of("instance.json", "rootfs", "upper", "work"), list(folder("")), "step " + step);
      assertEquals("image", Files.readString(folder("rootfs/of-image")));
      assertEquals(
          "rwxr-x--x",
          PosixFilePermissions.toString(Files.getPosixFilePermissions(folder("rootfs"))));
      List<String> mounts = mountsAt(folder("rootfs"));
      assertEquals(1, mounts.size(), "step " + step);
      assertFalse(mounts.getFirst().contains(" shared:"), "step " + step + ": " + mounts);
      remove();
      step++;
    }
    assertTrue(step > 10, "killed before each step: " + step);
  }

  @Test
  void attachesWhereverTheLastAgentWasKilled() throws Exception {
    mount();
    attach();
    List<String> wanted = container.mounts();
    long steps = 0;
    for (int step = 0; ; step++) {
      renew();
      List<String> before = nodeMounts();
      if (!killed(KilledAgent.Action.ATTACH, step)) {
        break;
      }
      attach();
      assertEquals(wanted, container.mounts(), "step " + step);
      assertEquals(before, nodeMounts(), "step " + step);
      assertEquals("persistent", Files.readString(container.path("/marker")), "step " + step);
      assertEquals("persistent", seenByExec("/marker"), "step " + step);
      assertEquals("volume\n", Files.readString(container.path("/vol/file")), "step " + step);
      steps++;
    }
    assertTrue(steps > 15, "killed before each step: " + steps);
  }

  @Test
  void removesWhereverTheLastAgentWasKilled() throws Exception {
    Path outside = Files.writeString(scratch.folder("outside").resolve("file"), "stays");
    int step = 0;
    while (true) {
      mount();
      Files.createDirectories(folder("rootfs/a/b"));
      Files.writeString(folder("rootfs/a/b/file"), "goes");
      Files.createSymbolicLink(folder("rootfs/link"), outside.getParent());
      Files.delete(folder("rootfs/of-image"));
      if (!killed(KilledAgent.Action.REMOVE, step)) {
        break;
      }
      remove();
      assertFalse(Files.exists(folder(""), LinkOption.NOFOLLOW_LINKS), "step " + step);
      assertEquals(List.of(), mountsAt(folder("rootfs")), "step " + step);
      assertEquals("stays", Files.readString(outside), "step " + step);
      step++;
    }
    assertTrue(step > 10, "killed before each step: " + step);
  }

  private Path aside() {
    return scratch.path().resolve("prefix/.orphans/ns");
  }

  private Instance other(String uid, @Nullable String adopts) {
    return new Instance("ns", "one", uid, instance.storage(), "image:1", adopts);
  }

  @Test
  void setsFilesAsideWhereverTheLastAgentWasKilled() throws Exception {
    Instance other = other("uid-2", null);
    boolean killed = true;
    int step = 0;
    for (; killed; step++) {
      mount();
      Files.writeString(folder("rootfs/kept"), "kept");
      killed = KilledAgent.killed(KilledAgent.Action.MOUNT, other, container.pid(), step);
      mount(other);
      Path kept = aside().resolve("one_uid-1/upper/kept");
      assertEquals("kept", Files.readString(kept), "step " + step);
      assertEquals(List.of("one_uid-1"), list(aside()), "step " + step);
      assertFalse(Files.exists(folder("rootfs/kept")), "step " + step);
      remove();
      remover.remove(store.placeAside(store.placeOf(instance), "uid-1"));
    }
    assertTrue(step > 10, "killed before each step: " + step);
  }

  @Test
  void adoptsFilesWhereverTheLastAgentWasKilled() throws Exception {
    Instance heir = other("uid-3", "uid-1");
    boolean killed = true;
    int step = 0;
    for (; killed; step++) {
      mount();
      Files.writeString(folder("rootfs/kept"), "kept");
      mount(other("uid-2", null));
      remove();
      killed = KilledAgent.killed(KilledAgent.Action.MOUNT, heir, container.pid(), step);
      mount(heir);
      assertEquals("kept", Files.readString(folder("rootfs/kept")), "step " + step);
      assertFalse(Files.exists(aside()), "step " + step);
      remove();
    }
    assertTrue(step > 5, "killed before each step: " + step);
  }

  /** The instance with a size, below a prefix with room for that. */
  private Instance sized(long bytes) {
    return new Instance(
        "ns", "one", "uid-1", new Storage(instance.storage().hostPathPrefix(), bytes), "image:1");
  }

  private void makeRoom() throws IOException {
    linux.mount("disk", scratch.folder("prefix").toString(), "tmpfs", 0, "size=320m,mode=755");
  }

  private void assertNoDeviceIsLeft(String step) throws IOException {
    LoopFiles.awaitNone(scratch.path());
    assertEquals(List.of(), mountsAt(folder("disk")), step);
  }

  @Test
  void mountsADiskImageWhereverTheLastAgentWasKilled() throws Exception {
    makeRoom();
    instance = sized(MIN_SIZE);
    boolean killed = true;
    int step = 0;
    for (; killed; step++) {
      killed = killed(KilledAgent.Action.MOUNT, step);
      mount();
      assertTrue(mounter.isDone(instance), "step " + step);
      assertEquals(
          List.of("disk", "disk.img", "instance.json", "rootfs"), list(folder("")), "step " + step);
      assertEquals(1, mountsAt(folder("disk")).size(), "step " + step);
      assertEquals(1, mountsAt(folder("rootfs")).size(), "step " + step);
      assertEquals(1, LoopFiles.below(scratch.path()).size(), "step " + step);
      Files.writeString(folder("rootfs/kept"), "kept");
      remove();
      assertNoDeviceIsLeft("step " + step);
    }
    assertTrue(step > 15, "killed before each step: " + step);
  }

  @Test
  void removesADiskImageWhereverTheLastAgentWasKilled() throws Exception {
    makeRoom();
    instance = sized(MIN_SIZE);
    boolean killed = true;
    int step = 0;
    for (; killed; step++) {
      mount();
      Files.writeString(folder("rootfs/file"), "goes");
      killed = killed(KilledAgent.Action.REMOVE, step);
      remove();
      assertFalse(Files.exists(folder(""), LinkOption.NOFOLLOW_LINKS), "step " + step);
      assertNoDeviceIsLeft("step " + step);
    }
    assertTrue(step > 5, "killed before each step: " + step);
  }

  @Test
  void takesASnapshotWhereverTheLastAgentWasKilled() throws Exception {
    Path layer = scratch.path().resolve("prefix/.layers/ns/snap/upper");
    boolean killed = true;
    int step = 0;
    for (; killed; step++) {
      mount();
      Files.writeString(folder("rootfs/kept"), "kept");
      Files.delete(folder("rootfs/of-image"));
      killed = killed(KilledAgent.Action.SNAPSHOT, step);
      // A start comes first, and the container goes on writing.
      mount();
      assertEquals("kept", Files.readString(folder("rootfs/kept")), "step " + step);
      assertFalse(Files.exists(folder("rootfs/of-image")), "step " + step);
      snapshots.take(instance, "snap", "snap", () -> {});
      assertEquals("kept", Files.readString(layer.resolve("kept")), "step " + step);
      assertEquals(List.of(), list(folder("upper")), "step " + step);
      assertEquals(List.of("snap"), store.record(store.placeOf(instance)).orElseThrow().stack());
      assertEquals(List.of("snap"), found().orElseThrow().stack(), "step " + step);
      assertTrue(mounter.isDone(instance), "step " + step);
      assertEquals(1, mountsAt(folder("rootfs")).size(), "step " + step);
      remove();
      snapshots.remove(store.placeOf(instance), "snap", "snap");
      assertEquals(List.of(), leftovers(), "step " + step);
    }
    assertTrue(step > 15, "killed before each step: " + step);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void takesASnapshotOfADiskImageWhereverTheLastAgentWasKilled(boolean isStarted) throws Exception {
    makeRoom();
    instance = sized(MIN_SIZE);
    Path layer = scratch.path().resolve("prefix/.layers/ns/snap");
    boolean killed = true;
    int step = 0;
    for (; killed; step++) {
      mount();
      Files.writeString(folder("rootfs/kept"), "kept");
      Files.delete(folder("rootfs/of-image"));
      killed = killed(KilledAgent.Action.SNAPSHOT, step);
      if (isStarted) {
        mount();
        assertEquals("kept", Files.readString(folder("rootfs/kept")), "step " + step);
        Files.writeString(folder("rootfs/since"), "since");
      }
      snapshots.take(instance, "snap", "snap", () -> {});
      assertEquals(List.of("disk.img"), list(layer), "step " + step);
      assertEquals(List.of("snap"), store.record(store.placeOf(instance)).orElseThrow().stack());
      mount();
      assertEquals(
          List.of("disk", "disk.img", "instance.json", "rootfs"), list(folder("")), "step " + step);
      assertEquals("kept", Files.readString(folder("rootfs/kept")), "step " + step);
      assertEquals(isStarted, Files.exists(folder("rootfs/since")), "step " + step);
      assertFalse(Files.exists(folder("rootfs/of-image")), "step " + step);
      assertTrue(mounter.isDone(instance), "step " + step);
      assertEquals(1, mountsAt(folder("rootfs")).size(), "step " + step);
      assertEquals(2, LoopFiles.below(scratch.path()).size(), "step " + step);
      remove();
      snapshots.remove(store.placeOf(instance), "snap", "snap");
      assertEquals(List.of(), leftovers(), "step " + step);
      assertNoDeviceIsLeft("step " + step);
    }
    assertTrue(step > 20, "killed before each step: " + step);
  }

  @Test
  void clonesADiskImageWhereverTheLastAgentWasKilled() throws Exception {
    makeRoom();
    Instance source = new Instance("ns", "two", "uid-2", sized(MIN_SIZE).storage(), "image:1");
    mount(source);
    Files.writeString(scratch.path().resolve("prefix/ns/two/rootfs/kept"), "kept");
    snapshots.take(source, "snap", "snap", () -> {});
    remover.remove(store.placeOf(source));
    instance =
        new Instance(
            "ns",
            "one",
            "uid-3",
            instance.storage(),
            "image:1",
            null,
            new Instance.Source("snap", "snap", List.of("/known")));
    boolean killed = true;
    int step = 0;
    for (; killed; step++) {
      assertNoDeviceIsLeft("step " + step);
      killed = killed(KilledAgent.Action.MOUNT, step);
      mount();
      assertTrue(mounter.isDone(instance), "step " + step);
      assertEquals("kept", Files.readString(folder("rootfs/kept")), "step " + step);
      assertEquals(1, mountsAt(folder("rootfs")).size(), "step " + step);
      assertEquals(1, LoopFiles.below(scratch.path()).size(), "step " + step);
      remove();
    }
    assertTrue(step > 10, "killed before each step: " + step);
  }

  @Test
  void clonesASnapshotWhereverTheLastAgentWasKilled() throws Exception {
    Instance source = new Instance("ns", "two", "uid-2", instance.storage(), "image:1");
    mount(source);
    Files.writeString(scratch.path().resolve("prefix/ns/two/rootfs/kept"), "kept");
    Files.writeString(scratch.path().resolve("prefix/ns/two/rootfs/known"), "of the source");
    snapshots.take(source, "snap", "snap", () -> {});
    Instance clone =
        new Instance(
            "ns",
            "one",
            "uid-3",
            instance.storage(),
            "image:1",
            null,
            new Instance.Source("snap", "snap", List.of("/known")));
    boolean killed = true;
    int step = 0;
    for (; killed; step++) {
      killed = KilledAgent.killed(KilledAgent.Action.MOUNT, clone, container.pid(), step);
      try (Fd ready = mounter.mounted(clone).orElse(null)) {
        assertTrue(
            ready == null || !Files.exists(folder("rootfs/known")),
            "a container never gets what its source is known by, step " + step);
      }
      mount(clone);
      assertTrue(mounter.isDone(clone), "step " + step);
      assertFalse(Files.exists(folder("rootfs/known")), "step " + step);
      assertEquals("kept", Files.readString(folder("rootfs/kept")), "step " + step);
      assertEquals(List.of("snap"), store.record(store.placeOf(clone)).orElseThrow().stack());
      remove();
    }
    assertTrue(step > 10, "killed before each step: " + step);
    remover.remove(store.placeOf(source));
  }

  @Test
  void keepsAFolderOverARestoreWhereverTheLastAgentWasKilled() throws Exception {
    Instance restoring = KilledAgent.restoring(instance);
    boolean killed = true;
    int step = 0;
    for (; killed; step++) {
      mount();
      Files.createDirectories(folder("rootfs/kept/inner"));
      Files.writeString(folder("rootfs/kept/inner/file"), "first");
      Files.writeString(folder("rootfs/known"), "first");
      Files.writeString(folder("rootfs/other"), "first");
      snapshots.take(instance, "snap", "snap", () -> {});
      Files.writeString(folder("rootfs/kept/inner/file"), "second");
      Files.delete(folder("rootfs/known"));
      Files.writeString(folder("rootfs/other"), "second");
      snapshots.take(instance, "snap", "before", () -> {});
      killed = killed(KilledAgent.Action.RESTORE, step);
      boolean isGiven = store.record(store.placeOf(instance)).orElseThrow().restored() != null;
      if (step % 2 == 0 && !isGiven) {
        mount();
        assertEquals("second", Files.readString(folder("rootfs/other")), "step " + step);
        assertEquals("second", Files.readString(folder("rootfs/kept/inner/file")), "step " + step);
        assertFalse(Files.exists(folder("rootfs/known")), "step " + step);
      }
      new LayerCollector(store, remover).collect(store.placeOf(instance));
      mounter.restore(restoring, () -> {});
      mount(restoring);
      assertEquals("first", Files.readString(folder("rootfs/other")), "step " + step);
      assertEquals("second", Files.readString(folder("rootfs/kept/inner/file")), "step " + step);
      assertFalse(Files.exists(folder("rootfs/known")), "step " + step);
      assertEquals(3, list(folder("").resolve("../../.layers/ns")).size(), "step " + step);
      remove();
      snapshots.remove(store.placeOf(instance), "snap", "snap");
      snapshots.remove(store.placeOf(instance), "snap", "before");
      assertEquals(List.of(), leftovers(), "step " + step);
    }
    assertTrue(step > 15, "killed before each step: " + step);
  }

  @Test
  void removesASnapshotWhereverTheLastAgentWasKilled() throws Exception {
    boolean killed = true;
    int step = 0;
    for (; killed; step++) {
      mount();
      Files.createDirectories(folder("rootfs/a/b"));
      snapshots.take(instance, "snap", "snap", () -> {});
      remove();
      killed = killed(KilledAgent.Action.REMOVE_SNAPSHOT, step);
      snapshots.remove(store.placeOf(instance), "snap", "snap");
      assertEquals(List.of(), leftovers(), "step " + step);
    }
    assertTrue(step > 5, "killed before each step: " + step);
  }

  private Optional<FolderRecord> found() {
    return snapshots.find(store.placeOf(instance), "snap", "snap");
  }

  /** What lies below the prefix, but for the folders that hold a folder for each namespace. */
  private List<Path> leftovers() throws IOException {
    Path prefix = scratch.path().resolve("prefix");
    try (Stream<Path> files = Files.walk(prefix)) {
      return files
          .filter(file -> !file.equals(prefix))
          .filter(file -> !file.getFileName().toString().startsWith("."))
          .toList();
    }
  }

  /** A container and a file system that no agent has touched yet but for mounting it. */
  private void renew() throws IOException {
    container.close();
    remove();
    container = FakeContainer.start(scratch.path());
    mount();
    Files.writeString(folder("rootfs/marker"), "persistent");
  }

  /** As the runtime's exec does it: into the namespace, wherever its root is. */
  private String seenByExec(String path) {
    try (Requester requester = Requester.hold(linux, container.pid()).orElseThrow();
        Fd namespace = requester.mountNamespace()) {
      byte[] content =
          new NamespaceThread(linux)
              .call(
                  "exec",
                  () -> {
                    linux.setnsMount(namespace);
                    try (Fd file = linux.openat(Fd.CWD, path, Linux.O_RDONLY, 0)) {
                      return linux.read(file, 100);
                    }
                  });
      return new String(content, StandardCharsets.UTF_8);
    }
  }

  private static List<String> list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static List<String> nodeMounts() throws IOException {
    // Numbers of mounts are used again.
    return Files.readAllLines(Path.of("/proc/1/mountinfo")).stream()
        .map(line -> line.split(" ", 4)[3])
        .toList();
  }

  private static List<String> mountsAt(Path path) throws IOException {
    return Files.readAllLines(Path.of("/proc/1/mountinfo")).stream()
        .filter(line -> line.split(" ")[4].equals(path.toString()))
        .toList();
  }
}
