package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import top.xtlsoft.stoppablecontainer.agent.FakeContainer;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.Scratch;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FolderRecord;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.HostFolderStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.InstanceFolder;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Storage;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.StorageSettings;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Names;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.agent.process.Occupants;
import top.xtlsoft.stoppablecontainer.agent.process.Requester;
import top.xtlsoft.stoppablecontainer.api.AgentReason;

/** Stacks of layers on the real kernel: snapshots, and what becomes of their layers. */
@Timeout(300)
class SnapshotIT {

  private final LinuxSyscalls linux = new JnrSyscalls();
  private final Node node = Node.open(linux);

  private Scratch scratch;
  private FileSystemStore store;
  private FileSystemRemover remover;
  private FileSystemMounter mounter;
  private LayerCollector collector;
  private SnapshotFolders snapshots;
  private FakeContainer container;
  private Requester requester;
  private Instance instance;

  @BeforeEach
  void start() throws Exception {
    scratch = new Scratch();
    StorageSettings settings = new StorageSettings(List.of(scratch.path() + "/prefix"));
    store = new HostFolderStore(linux, node, settings);
    remover = new FileSystemRemover(linux, node, store);
    mounter = new FileSystemMounter(linux, node, store, remover, new Occupants(linux));
    collector = new LayerCollector(store, remover);
    snapshots = new SnapshotFolders(linux, node, store, remover, mounter, collector);
    Path image = scratch.folder("image");
    Files.writeString(image.resolve("of-image"), "image");
    Files.createDirectories(image.resolve("folder/inner"));
    container = FakeContainer.start(scratch.path());
    requester = Requester.hold(linux, container.pid()).orElseThrow();
    instance = instance("one", "uid-1");
  }

  @AfterEach
  void stop() throws Exception {
    requester.close();
    container.close();
    remover.remove(store.placeOf(instance));
    scratch.close();
  }

  private Instance instance(String name, String uid) {
    return new Instance("ns", name, uid, new Storage(scratch.path() + "/prefix"), "image:1");
  }

  private Path folder(String name) {
    return scratch.path().resolve("prefix/ns/one").resolve(name);
  }

  private Path layer(String id) {
    return scratch.path().resolve("prefix/.layers/ns/" + id + "/upper");
  }

  private void mount() {
    mount(instance);
  }

  private void mount(Instance instance) {
    try (Fd root = requester.root()) {
      ImageLayers layers = ImageLayers.of(requester.mounts().root().orElseThrow());
      mounter.mount(instance, root, layers, Optional::empty);
    }
  }

  private void unmount() {
    linux.umount(folder("rootfs").toString(), 0);
  }

  private FolderRecord take(String uid) {
    return snapshots.take(instance, "snap", uid, () -> {});
  }

  private FolderRecord record() {
    return store.record(store.placeOf(instance)).orElseThrow();
  }

  private static List<String> list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void makesALayerOfWhatWasWritten() throws Exception {
    mount();
    Files.writeString(folder("rootfs/written"), "before");
    Files.delete(folder("rootfs/of-image"));
    Files.delete(folder("rootfs/folder/inner"));
    FolderRecord taken = take("s-1");
    assertEquals(List.of("s-1"), taken.stack());
    assertEquals("s-1", taken.uid());
    assertEquals(List.of("s-1"), record().stack());
    assertEquals("before", Files.readString(layer("s-1").resolve("written")));
    assertEquals(List.of(), list(folder("upper")));
    mounter.mounted(instance).orElseThrow().close();
    assertEquals("before", Files.readString(folder("rootfs/written")));
    assertFalse(Files.exists(folder("rootfs/of-image")));
    assertFalse(Files.exists(folder("rootfs/folder/inner")));
  }

  @Test
  void keepsALayerAsItIs() throws Exception {
    mount();
    Files.writeString(folder("rootfs/file"), "first");
    take("s-1");
    Files.writeString(folder("rootfs/file"), "second");
    take("s-2");
    Files.delete(folder("rootfs/file"));
    assertEquals(List.of("s-2", "s-1"), record().stack());
    assertEquals("first", Files.readString(layer("s-1").resolve("file")));
    assertEquals("second", Files.readString(layer("s-2").resolve("file")));
    assertFalse(Files.exists(folder("rootfs/file")));
  }

  @Test
  void takesASnapshotOnce() throws Exception {
    mount();
    Files.writeString(folder("rootfs/file"), "first");
    take("s-1");
    Files.writeString(folder("rootfs/file"), "second");
    assertEquals(List.of("s-1"), take("s-1").stack());
    assertEquals("second", Files.readString(folder("upper/file")));
  }

  @Test
  void makesTheNewRootLikeTheOldOne() throws Exception {
    mount();
    Path root = folder("rootfs");
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxrwx-wx"));
    Files.setAttribute(root, "unix:uid", 1234);
    Files.setAttribute(root, "unix:gid", 2345);
    try (Fd upper = linux.openat(Fd.CWD, folder("upper").toString(), 0, 0)) {
      linux.setXattr(upper, "trusted.of-user", new byte[] {1, 2});
    }
    FileTime time = FileTime.fromMillis(1_234_567_890_123L);
    Files.setLastModifiedTime(root, time);
    take("s-1");
    assertEquals("rwxrwx-wx", PosixFilePermissions.toString(Files.getPosixFilePermissions(root)));
    assertEquals(1234, Files.getAttribute(root, "unix:uid"));
    assertEquals(2345, Files.getAttribute(root, "unix:gid"));
    assertEquals(time, Files.getLastModifiedTime(root));
    try (Fd upper = linux.openat(Fd.CWD, folder("upper").toString(), 0, 0)) {
      assertArrayEquals(new byte[] {1, 2}, linux.getXattr(upper, "trusted.of-user"));
    }
  }

  @Test
  void mountsAStackLikeAnyFileSystemAfterAReboot() throws Exception {
    mount();
    Files.writeString(folder("rootfs/written"), "before");
    take("s-1");
    unmount();
    mount();
    assertEquals("before", Files.readString(folder("rootfs/written")));
    assertEquals("image", Files.readString(folder("rootfs/of-image")));
  }

  @Test
  void mountsMoreLayersThanOnePageOfOptionsNames() throws Exception {
    mount();
    int layers = 40;
    for (int i = 0; i < layers; i++) {
      Files.writeString(folder("rootfs/file-" + i), "of " + i);
      take("0123456789-0123456789-0123456789-" + i);
    }
    unmount();
    mount();
    for (int i = 0; i < layers; i++) {
      assertEquals("of " + i, Files.readString(folder("rootfs/file-" + i)));
    }
  }

  @Test
  void refusesMoreLayersThanTheKernelMounts() throws Exception {
    mount();
    for (int i = 0; i < LayerStacks.MOST_LAYERS; i++) {
      take("s-" + i);
    }
    Files.writeString(folder("rootfs/file"), "kept");
    RefusedException refusal = assertThrows(RefusedException.class, () -> take("one-more"));
    assertEquals(AgentReason.STACK_TOO_LONG, refusal.reason());
    assertEquals("kept", Files.readString(folder("rootfs/file")));
    assertFalse(Files.exists(layer("one-more")));
  }

  @Test
  void recordsTheOptionsOfANewFileSystem() {
    mount();
    assertTrue(record().options().startsWith("index=off,redirect_dir=off,metacopy=off"));
    assertEquals(1, record().version(), "agents that know no layers read it as well");
    assertEquals(2, take("s-1").version());
    assertEquals(2, record().version());
  }

  @Test
  void takesUpAFileSystemOfAnEarlierAgent() throws Exception {
    mount();
    Files.writeString(folder("rootfs/written"), "before");
    FolderRecord now = record();
    Files.writeString(
        folder("instance.json"),
        "{\"version\":1,\"uid\":\"uid-1\",\"layers\":\"%s\",\"image\":\"image:1\"}"
            .formatted(now.layers()));
    assertEquals(List.of(), record().stack());
    take("s-1");
    assertTrue(record().options().startsWith("index=off,redirect_dir="), record().options());
    assertTrue(mounter.mounted(instance).isEmpty(), "its layers' folders are not recorded");
    mount();
    assertEquals("before", Files.readString(folder("rootfs/written")));
  }

  @Test
  void leavesAFolderOfANewerFormatAlone() throws Exception {
    mount();
    unmount();
    String newer =
        "{\"version\":5,\"uid\":\"uid-1\",\"layers\":\"x\",\"image\":\"image:1\",\"new\":true}";
    Files.writeString(folder("instance.json"), newer);
    RefusedException refusal = assertThrows(RefusedException.class, this::mount);
    assertEquals(AgentReason.UNSUPPORTED_FORMAT, refusal.reason());
    assertThrows(RefusedException.class, () -> take("s-1"));
    assertEquals(newer, Files.readString(folder("instance.json")));
    Files.delete(folder("instance.json"));
  }

  @Test
  void takesNoSnapshotOfWhatIsInUse() throws Exception {
    mount();
    Process inside =
        new ProcessBuilder("sleep", "300").directory(folder("rootfs").toFile()).start();
    try {
      RefusedException refusal = assertThrows(RefusedException.class, () -> take("s-1"));
      assertEquals(AgentReason.IN_USE, refusal.reason());
      assertFalse(Files.exists(layer("s-1")));
      mounter.mounted(instance).orElseThrow().close();
    } finally {
      inside.destroyForcibly().onExit().join();
    }
    take("s-1");
  }

  @Test
  void changesNothingWhenUpperCannotMove() throws Exception {
    mount();
    Files.writeString(folder("rootfs/file"), "kept");
    Path layers = Files.createDirectories(scratch.path().resolve("prefix/.layers/ns"));
    linux.mount("none", layers.toString(), "tmpfs", 0, "");
    try {
      assertThrows(SyscallException.class, () -> take("s-1"));
      assertEquals(List.of(), record().stack());
      mount();
      assertEquals("kept", Files.readString(folder("rootfs/file")));
    } finally {
      linux.umount(layers.toString(), 0);
    }
    take("s-1");
    assertEquals("kept", Files.readString(folder("rootfs/file")));
  }

  @Test
  void takesNoSnapshotOfWhatIsNotThere() {
    assertThrows(NotYetException.class, () -> take("s-1"));
    mount();
    assertThrows(
        NotYetException.class,
        () -> snapshots.take(instance("one", "uid-2"), "snap", "s-1", () -> {}));
  }

  @Test
  void refusesAFileSystemWithoutOneOfItsLayers() throws Exception {
    mount();
    take("s-1");
    unmount();
    Path away = scratch.path().resolve("away");
    Files.move(layer("s-1"), away);
    RefusedException refusal = assertThrows(RefusedException.class, this::mount);
    assertEquals(AgentReason.LAYER_MISSING, refusal.reason());
    Files.move(away, layer("s-1"));
    mount();
  }

  private Instance clone(String namespace, String snapshotUid, String... resetPaths) {
    return new Instance(
        namespace,
        "two",
        "uid-2",
        instance.storage(),
        "image:1",
        null,
        new Instance.Source("snap", snapshotUid, List.of(resetPaths)));
  }

  private Path ofClone(String name) {
    return scratch.path().resolve("prefix/ns/two").resolve(name);
  }

  private void remove(Instance instance) {
    remover.remove(store.placeOf(instance));
    collector.collect(store.placeOf(instance));
  }

  @Test
  void clonesASnapshotWithoutCopying() throws Exception {
    mount();
    Files.writeString(folder("rootfs/file"), "of the source");
    Files.delete(folder("rootfs/of-image"));
    Files.setPosixFilePermissions(folder("rootfs"), PosixFilePermissions.fromString("rwxrwx-wx"));
    take("s-1");
    Instance clone = clone("ns", "s-1");
    mount(clone);
    assertEquals(List.of(), list(ofClone("upper")));
    assertEquals("of the source", Files.readString(ofClone("rootfs/file")));
    assertFalse(Files.exists(ofClone("rootfs/of-image")));
    assertEquals(
        "rwxrwx-wx",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(ofClone("rootfs"))));
    Files.writeString(ofClone("rootfs/file"), "of the clone");
    assertEquals("of the source", Files.readString(folder("rootfs/file")));
    mount(clone);
    assertEquals("of the clone", Files.readString(ofClone("rootfs/file")));
    remove(clone);
  }

  @Test
  void keepsTheLayersOfACloneWithoutSourceAndSnapshot() throws Exception {
    mount();
    Files.writeString(folder("rootfs/file"), "of the source");
    take("s-1");
    Instance clone = clone("ns", "s-1");
    mount(clone);
    snapshots.remove(store.placeOf(instance), "snap", "s-1");
    remove(instance);
    assertEquals("of the source", Files.readString(ofClone("rootfs/file")));
    linux.umount(ofClone("rootfs").toString(), 0);
    mount(clone);
    assertEquals("of the source", Files.readString(ofClone("rootfs/file")));
    remove(clone);
    assertFalse(Files.exists(layer("s-1")));
  }

  @Test
  void clonesNothingThatIsNotASnapshotOfItsNamespace() {
    mount();
    take("s-1");
    for (Instance clone : List.of(clone("ns", "s-2"), clone("other", "s-1"))) {
      RefusedException refusal = assertThrows(RefusedException.class, () -> mount(clone));
      assertEquals(AgentReason.SNAPSHOT_MISSING, refusal.reason());
      assertTrue(store.record(store.placeOf(clone)).isEmpty());
      remove(clone);
    }
  }

  @Test
  void clonesNoSnapshotOfAnotherImage() throws Exception {
    mount();
    take("s-1");
    ImageLayers other = new ImageLayers(List.of(scratch.folder("other").toString()));
    Instance clone = clone("ns", "s-1");
    RefusedException refusal =
        assertThrows(
            RefusedException.class,
            () -> {
              try (Fd root = requester.root()) {
                mounter.mount(clone, root, other, () -> Optional.of("of another"));
              }
            });
    assertEquals(AgentReason.IMAGE_LAYERS_CHANGED, refusal.reason());
    remove(clone);
  }

  /** A snapshot of a file system with this file. */
  private void takeWith(String path, String content) throws IOException {
    mount();
    Files.createDirectories(folder("rootfs" + path).getParent());
    Files.writeString(folder("rootfs" + path), content);
    take("s-1");
  }

  /** The API has text, the disk has bytes. */
  @Test
  void aCloneLosesFilesWhoseNamesAreNotAscii() throws Exception {
    mount(instance);
    Files.createDirectories(folder("rootfs/etc"));
    try (Fd etc = open(folder("rootfs/etc"))) {
      linux
          .openat(etc, Names.fromText("schl\u00fcssel"), Linux.O_WRONLY | Linux.O_CREAT, 0600)
          .close();
    }
    take("s-1");
    Instance clone = clone("ns", "s-1", "/etc/schl\u00fcssel");
    mount(clone);
    try (Fd etc = open(ofClone("rootfs/etc"))) {
      assertEquals(List.of(), linux.list(etc, 10));
    }
    remove(clone);
  }

  private Fd open(Path folder) {
    return linux.openat(Fd.CWD, folder.toString(), Linux.O_RDONLY | Linux.O_DIRECTORY, 0);
  }

  @Test
  void aCloneLosesWhatItsSourceIsKnownBy() throws Exception {
    Files.createDirectories(scratch.path().resolve("image/etc/ssh"));
    Files.writeString(scratch.path().resolve("image/etc/machine-id"), "of the image");
    takeWith("/etc/ssh/key", "of the source");
    Instance clone = clone("ns", "s-1", "/etc/machine-id", "/etc/ssh/key", "/no/such/file");
    mount(clone);
    assertFalse(Files.exists(ofClone("rootfs/etc/ssh/key")));
    assertEquals("", Files.readString(ofClone("rootfs/etc/machine-id")), "systemd fills it");
    assertEquals("of the source", Files.readString(folder("rootfs/etc/ssh/key")));
    assertEquals("of the image", Files.readString(folder("rootfs/etc/machine-id")));
    Files.writeString(ofClone("rootfs/etc/ssh/key"), "of the clone");
    linux.umount(ofClone("rootfs").toString(), 0);
    mount(clone);
    assertEquals("of the clone", Files.readString(ofClone("rootfs/etc/ssh/key")), "lost once");
    remove(clone);
  }

  @Test
  void reachesNothingOutsideACloneThroughItsLinks() throws Exception {
    Path outside = Files.writeString(scratch.folder("outside").resolve("key"), "of the node");
    takeWith("/keys/key", "of the source");
    Files.createSymbolicLink(folder("rootfs/absolute"), outside.getParent());
    Files.createSymbolicLink(
        folder("rootfs/relative"),
        Path.of("../../../../../../../..", outside.getParent().toString()));
    Files.createSymbolicLink(folder("rootfs/loop"), Path.of("loop"));
    Files.createSymbolicLink(folder("rootfs/link"), Path.of("keys/key"));
    take("s-2");
    Instance clone =
        clone("ns", "s-2", "/absolute/key", "/relative/key", "/loop/key", "/link", "/keys/key/x");
    mount(clone);
    assertEquals("of the node", Files.readString(outside));
    assertFalse(Files.exists(ofClone("rootfs/link"), LinkOption.NOFOLLOW_LINKS));
    assertEquals("of the source", Files.readString(ofClone("rootfs/keys/key")));
    mounter.mounted(clone).orElseThrow().close();
    remove(clone);
  }

  @Test
  void findsAFileThroughALinkWithinTheClone() throws Exception {
    takeWith("/real/key", "of the source");
    Files.createSymbolicLink(folder("rootfs/etc"), Path.of("/real"));
    take("s-2");
    Instance clone = clone("ns", "s-2", "/etc/key");
    mount(clone);
    assertFalse(Files.exists(ofClone("rootfs/real/key")));
    assertTrue(Files.exists(folder("rootfs/real/key")));
    remove(clone);
  }

  @Test
  void givesNoContainerACloneThatKeepsWhatItIsToLose() throws Exception {
    takeWith("/known/file", "of the source");
    Instance clone = clone("ns", "s-1", "/known");
    for (int i = 0; i < 2; i++) {
      RefusedException refusal = assertThrows(RefusedException.class, () -> mount(clone));
      assertEquals(AgentReason.IDENTITY_NOT_RESET, refusal.reason());
      assertTrue(mounter.mounted(clone).isEmpty());
      assertFalse(mounter.isDone(clone));
    }
    remove(clone);
  }

  /** The instance once the operator has ordered a restore. */
  private Instance restoring(String snapshot, String restore, String before) {
    return new Instance(
        "ns",
        "one",
        "uid-1",
        instance.storage(),
        "image:1",
        null,
        new Instance.Source("snap", snapshot, new Instance.Restore(restore, "snap", before)));
  }

  @Test
  void restoresTheFilesOfASnapshotAndUndoesIt() throws Exception {
    mount();
    Files.writeString(folder("rootfs/file"), "first");
    Files.setPosixFilePermissions(folder("rootfs"), PosixFilePermissions.fromString("rwxr-x---"));
    take("s-1");
    Files.writeString(folder("rootfs/file"), "second");
    Files.setPosixFilePermissions(folder("rootfs"), PosixFilePermissions.fromString("rwx------"));
    take("before-1");
    mounter.restore(restoring("s-1", "r-1", "before-1"), () -> {});
    assertEquals("first", Files.readString(folder("rootfs/file")));
    assertEquals(
        "rwxr-x---",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(folder("rootfs"))));
    mounter.mounted(restoring("s-1", "r-1", "before-1")).orElseThrow().close();
    Files.writeString(folder("rootfs/file"), "third");
    mounter.restore(restoring("s-1", "r-1", "before-1"), () -> {});
    assertEquals("third", Files.readString(folder("rootfs/file")), "a restore is done once");

    take("before-2");
    mounter.restore(restoring("before-1", "r-2", "before-2"), () -> {});
    assertEquals("second", Files.readString(folder("rootfs/file")));
  }

  /** The instance once the operator has ordered a restore that exchanges the image. */
  private Instance exchanging(
      @Nullable String snapshot, String restore, String before, String image) {
    return new Instance(
        "ns",
        "one",
        "uid-1",
        instance.storage(),
        image,
        null,
        new Instance.Source(
            snapshot == null ? null : "snap",
            snapshot,
            new Instance.Restore(restore, "snap", before),
            List.of(),
            true));
  }

  private void mountOn(Instance instance, String image) throws IOException {
    Path layer = Files.createDirectories(scratch.path().resolve(image));
    Files.writeString(layer.resolve("of-" + image), image);
    try (Fd root = requester.root()) {
      mounter.mount(
          instance, root, new ImageLayers(List.of(layer.toString())), () -> Optional.of(image));
    }
  }

  @Test
  void restoresToAnotherImageAndBack() throws Exception {
    mountOn(instance, "first");
    mounter.recordContent(instance, "first");
    Files.writeString(folder("rootfs/file"), "kept");
    take("before-1");
    Instance other = exchanging(null, "r-1", "before-1", "image:2");
    mounter.restore(other, () -> {});
    assertEquals("kept", Files.readString(folder("rootfs/file")), "until a pod shows the image");
    assertFalse(mounter.isDone(other));
    assertTrue(mounter.awaitsOtherImage(other));
    mountOn(other, "second");
    assertEquals(List.of("of-second"), list(folder("rootfs")), "as a new one");
    assertEquals("image:2", record().image());
    assertFalse(mounter.awaitsOtherImage(other));
    Files.writeString(folder("rootfs/new"), "new");
    mountOn(other, "second");
    assertEquals("new", Files.readString(folder("rootfs/new")), "a restore is done once");

    take("before-2");
    Instance back = exchanging("before-1", "r-2", "before-2", "image:1");
    RefusedException refusal = assertThrows(RefusedException.class, () -> mountOn(back, "second"));
    assertEquals(AgentReason.IMAGE_LAYERS_CHANGED, refusal.reason());
    assertEquals("new", Files.readString(folder("rootfs/new")));
    mountOn(back, "first");
    assertEquals("kept", Files.readString(folder("rootfs/file")));
    assertFalse(Files.exists(folder("rootfs/new")));
    assertEquals(
        1,
        snapshots.find(store.placeOf(instance), "snap", "before-2").orElseThrow().stack().size());
  }

  @Test
  void keepsWhatWasWrittenBeforeTheImageIsExchanged() throws Exception {
    mountOn(instance, "first");
    take("before-1");
    Files.writeString(folder("rootfs/file"), "written since");
    mountOn(exchanging(null, "r-1", "before-1", "image:2"), "second");
    FolderRecord before = snapshots.find(store.placeOf(instance), "snap", "before-1").orElseThrow();
    assertEquals(
        "written since", Files.readString(layer(before.stack().getFirst()).resolve("file")));
  }

  @Test
  void keepsTheFilesWhenAnExchangeOfTheImageIsGivenUp() throws Exception {
    mountOn(instance, "first");
    Files.writeString(folder("rootfs/file"), "kept");
    take("before-1");
    mounter.restore(exchanging(null, "r-1", "before-1", "image:2"), () -> {});
    mountOn(instance, "first");
    assertEquals("kept", Files.readString(folder("rootfs/file")));
  }

  @Test
  void finishesARestoreBeforeAContainerGetsTheFiles() throws Exception {
    mount();
    Files.writeString(folder("rootfs/file"), "first");
    take("s-1");
    Files.writeString(folder("rootfs/file"), "second");
    take("before");
    Instance ordered = restoring("s-1", "r-1", "before");
    assertTrue(mounter.mounted(ordered).isEmpty(), "it is mounted with the files before");
    assertFalse(mounter.isDone(ordered));
    mount(ordered);
    assertEquals("first", Files.readString(folder("rootfs/file")));
    assertEquals("r-1", record().restored());
  }

  @Test
  void keepsWhatWasWrittenSinceTheStateBeforeWasKept() throws Exception {
    mount();
    Files.writeString(folder("rootfs/file"), "first");
    take("s-1");
    take("before");
    Files.writeString(folder("rootfs/file"), "since");
    mounter.restore(restoring("s-1", "r-1", "before"), () -> {});
    assertEquals("first", Files.readString(folder("rootfs/file")));
    take("now");
    mounter.restore(restoring("before", "r-2", "now"), () -> {});
    assertEquals("since", Files.readString(folder("rootfs/file")));
  }

  @Test
  void restoresNothingWithoutTheStateBefore() throws Exception {
    mount();
    take("s-1");
    Files.writeString(folder("rootfs/file"), "kept");
    RefusedException refusal =
        assertThrows(
            RefusedException.class,
            () -> mounter.restore(restoring("s-1", "r-1", "never-taken"), () -> {}));
    assertEquals(AgentReason.SNAPSHOT_MISSING, refusal.reason());
    assertEquals("kept", Files.readString(folder("rootfs/file")));
  }

  @Test
  void restoresNoSnapshotThatIsGone() throws Exception {
    mount();
    Files.writeString(folder("rootfs/file"), "kept");
    take("before");
    RefusedException refusal =
        assertThrows(
            RefusedException.class,
            () -> mounter.restore(restoring("s-9", "r-1", "before"), () -> {}));
    assertEquals(AgentReason.SNAPSHOT_MISSING, refusal.reason());
    assertEquals("kept", Files.readString(folder("rootfs/file")));
  }

  @Test
  void removesALayerWithTheLastStackThatNamesIt() throws Exception {
    mount();
    take("s-1");
    take("s-2");
    snapshots.remove(store.placeOf(instance), "snap", "s-1");
    snapshots.remove(store.placeOf(instance), "snap", "s-2");
    assertTrue(Files.exists(layer("s-1")), "the instance lies on it");
    remover.remove(store.placeOf(instance));
    collector.collectAll();
    assertFalse(Files.exists(layer("s-1").getParent()));
    assertFalse(Files.exists(layer("s-2").getParent()));
  }

  @Test
  void keepsASnapshotThatOutlivesItsInstance() throws Exception {
    mount();
    Files.writeString(folder("rootfs/file"), "kept");
    take("s-1");
    remover.remove(store.placeOf(instance));
    collector.collectAll();
    assertEquals("kept", Files.readString(layer("s-1").resolve("file")));
    assertTrue(snapshots.find(store.placeOf(instance), "snap", "s-1").isPresent());
    assertEquals(List.of("s-1"), take("s-1").stack(), "taken already");
    snapshots.remove(store.placeOf(instance), "snap", "s-1");
    assertFalse(Files.exists(layer("s-1")));
  }

  @Test
  void keepsTheLayersOfWhatIsSetAside() throws Exception {
    mount();
    Files.writeString(folder("rootfs/file"), "kept");
    take("s-1");
    snapshots.remove(store.placeOf(instance), "snap", "s-1");
    OrphanFolders orphans = new OrphanFolders(linux, store, remover, Clock.systemUTC());
    assertTrue(orphans.setAside(store.placeOf(instance), "uid-1", "test", uid -> true));
    collector.collectAll();
    mount();
    assertEquals("kept", Files.readString(folder("rootfs/file")));
    assertTrue(orphans.setAside(store.placeOf(instance), "uid-1", "test", uid -> true));
    orphans.purge(orphans.list().getFirst());
    assertFalse(Files.exists(layer("s-1")));
  }

  @Test
  void removesNoLayerWhileARecordCannotBeRead() throws Exception {
    mount();
    take("s-1");
    snapshots.remove(store.placeOf(instance), "snap", "s-1");
    byte[] record = Files.readAllBytes(folder("instance.json"));
    for (String unreadable : List.of("{\"version\":5,\"uid\":\"uid-1\"}", "{", "[]")) {
      Files.writeString(folder("instance.json"), unreadable);
      collector.collectAll();
      assertTrue(Files.exists(layer("s-1")), unreadable);
    }
    Files.write(folder("instance.json"), record);
  }

  @Test
  void removesNoLayerOfAnotherNamespaceOrThatNoAgentMade() throws Exception {
    Path other =
        Files.createDirectories(layer("x").resolve("../../../other/s-1/upper").normalize());
    Path foreign = Files.createDirectories(layer("by hand"));
    mount();
    take("s-1");
    snapshots.remove(store.placeOf(instance), "snap", "s-1");
    assertTrue(Files.exists(other));
    collector.collectAll();
    assertTrue(Files.exists(foreign));
  }

  /** Three layers, each of whose files is in one of them alone, or in two. */
  private void takeThree() throws IOException {
    mount();
    Files.createDirectories(folder("rootfs/tree/inner"));
    Files.writeString(folder("rootfs/tree/inner/one"), "one");
    take("s-1");
    Files.writeString(folder("rootfs/tree/inner/two"), "two");
    take("s-2");
    Files.delete(folder("rootfs/tree/inner/one"));
    take("s-3");
  }

  private StackFlattener flattener() {
    return flattener(System::nanoTime);
  }

  private StackFlattener flattener(LongSupplier nanoTime) {
    return new StackFlattener(linux, store, remover, mounter, collector, 2, nanoTime);
  }

  @Test
  void mergesTheLayersOfDeletedSnapshots() throws Exception {
    takeThree();
    FileTime before = Files.getLastModifiedTime(folder("rootfs/tree/inner"));
    snapshots.remove(store.placeOf(instance), "snap", "s-1");
    snapshots.remove(store.placeOf(instance), "snap", "s-2");
    assertEquals(List.of("s-1", "s-2", "s-3"), list(scratch.path().resolve("prefix/.layers/ns")));
    assertTrue(flattener().flatten(instance, () -> {}));
    assertEquals(List.of("s-1"), record().stack());
    assertEquals(List.of("s-1"), list(scratch.path().resolve("prefix/.layers/ns")));
    assertEquals(List.of("two"), list(folder("rootfs/tree/inner")));
    assertEquals(before, Files.getLastModifiedTime(folder("rootfs/tree/inner")));
    // The snapshot whose own layer is gone is still taken.
    assertEquals(List.of("s-1"), take("s-3").stack());
    Instance clone = clone("ns", "s-3");
    mount(clone);
    assertEquals(List.of("two"), list(Path.of(store.placeOf(clone).path(), "rootfs/tree/inner")));
    remover.remove(store.placeOf(clone));
  }

  @Test
  void leavesLayersThatAnotherInstanceLiesOn() throws Exception {
    takeThree();
    Instance clone = clone("ns", "s-2");
    mount(clone);
    for (String uid : List.of("s-1", "s-2", "s-3")) {
      snapshots.remove(store.placeOf(instance), "snap", uid);
    }
    flattener().flatten(instance, () -> {});
    assertEquals(List.of("s-3", "s-2", "s-1"), record().stack());
    assertEquals(
        List.of("one", "two"), list(Path.of(store.placeOf(clone).path(), "rootfs/tree/inner")));
    remover.remove(store.placeOf(clone));
    flattener().flatten(instance, () -> {});
    assertEquals(List.of("s-1"), record().stack());
    assertEquals(List.of("two"), list(folder("rootfs/tree/inner")));
  }

  @Test
  void leavesLayersWithNamesThatStandForOthers() throws Exception {
    mount();
    try (InstanceFolder folder = store.find(instance).orElseThrow()) {
      folder.write(record().withOptions("index=off,redirect_dir=on,metacopy=off"));
    }
    takeThree();
    snapshots.remove(store.placeOf(instance), "snap", "s-1");
    snapshots.remove(store.placeOf(instance), "snap", "s-2");
    flattener().flatten(instance, () -> {});
    assertEquals(List.of("s-3", "s-2", "s-1"), record().stack());
    assertEquals(List.of("two"), list(folder("rootfs/tree/inner")));
  }

  @Test
  void aMergeEndsForAnotherJobAndGoesOnLater() throws Exception {
    takeThree();
    snapshots.remove(store.placeOf(instance), "snap", "s-1");
    snapshots.remove(store.placeOf(instance), "snap", "s-2");
    CountDownLatch ends = new CountDownLatch(1);
    Thread start =
        Thread.ofVirtual()
            .unstarted(
                () ->
                    store
                        .locks()
                        .alone(
                            store.placeOf(instance),
                            () -> {
                              ends.countDown();
                              return null;
                            }));
    assertThrows(
        NotYetException.class,
        () ->
            flattener()
                .flatten(
                    instance,
                    () -> {
                      start.start();
                      Awaitility.await()
                          .until(() -> start.getState() == Thread.State.TIMED_WAITING);
                    }));
    assertTrue(ends.await(10, TimeUnit.SECONDS));
    assertEquals(List.of("s-2", "s-1"), record().stack());
    assertEquals(List.of("two"), list(folder("rootfs/tree/inner")));
    flattener().flatten(instance, () -> {});
    assertEquals(List.of("s-1"), record().stack());
    assertEquals(List.of("two"), list(folder("rootfs/tree/inner")));
  }

  @Test
  void aLongMergeTakesManyTurns() throws Exception {
    takeThree();
    snapshots.remove(store.placeOf(instance), "snap", "s-1");
    snapshots.remove(store.placeOf(instance), "snap", "s-2");
    AtomicInteger turns = new AtomicInteger();
    AtomicLong now = new AtomicLong();
    // Each look at the clock finds the turn over.
    flattener(() -> now.addAndGet(2_000_000_000L)).flatten(instance, turns::incrementAndGet);
    assertTrue(turns.get() > 1, "turns: " + turns);
    assertEquals(List.of("s-1"), record().stack());
    assertEquals(List.of("two"), list(folder("rootfs/tree/inner")));
  }

  @Test
  void leavesLayersWithSomethingImmutable() throws Exception {
    takeThree();
    snapshots.remove(store.placeOf(instance), "snap", "s-1");
    snapshots.remove(store.placeOf(instance), "snap", "s-2");
    Path fixed = layer("s-2").resolve("tree/inner/two");
    chattr("+i", fixed);
    try {
      flattener().flatten(instance, () -> {});
      // The two above it become one all the same.
      assertEquals(List.of("s-2", "s-1"), record().stack());
      assertEquals(List.of("two"), list(folder("rootfs/tree/inner")));
    } finally {
      chattr("-i", fixed);
    }
    flattener().flatten(instance, () -> {});
    assertEquals(List.of("s-1"), record().stack());
    assertEquals("two", Files.readString(folder("rootfs/tree/inner/two")));
  }

  private static void chattr(String change, Path file) throws Exception {
    assertEquals(0, new ProcessBuilder("chattr", change, file.toString()).start().waitFor());
  }
}
