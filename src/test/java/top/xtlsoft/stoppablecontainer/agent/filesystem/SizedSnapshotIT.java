package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.agent.filesystem.Writing.fill;
import static top.xtlsoft.stoppablecontainer.agent.filesystem.Writing.refusal;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import top.xtlsoft.stoppablecontainer.agent.FakeContainer;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.LoopFiles;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.Scratch;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FolderRecord;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.HostFolderStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Place;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Storage;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.StorageSettings;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.process.Occupants;
import top.xtlsoft.stoppablecontainer.agent.process.Requester;
import top.xtlsoft.stoppablecontainer.api.AgentReason;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;

/** Snapshots, clones and restores of file systems with a size, on real loop devices. */
@Timeout(300)
class SizedSnapshotIT {

  private static final int MNT_DETACH = 2;
  private static final long MIB = 1 << 20;
  private static final long SIZE = 64 * MIB;
  private static final List<String> NAMES = List.of("one", "two", "three");

  private final LinuxSyscalls linux = new JnrSyscalls();
  private final Node node = Node.open(linux);

  private Scratch scratch;
  private FileSystemStore store;
  private FileSystemRemover remover;
  private FileSystemMounter mounter;
  private SnapshotFolders snapshots;
  private FakeContainer container;
  private Requester requester;
  private Instance instance;

  @BeforeEach
  void start() throws Exception {
    scratch = new Scratch();
    linux.mount("disk", scratch.folder("prefix").toString(), "tmpfs", 0, "size=512m,mode=755");
    store =
        new HostFolderStore(linux, node, new StorageSettings(List.of(scratch.path() + "/prefix")));
    remover = new FileSystemRemover(linux, node, store);
    mounter = new FileSystemMounter(linux, node, store, remover, new Occupants(linux));
    snapshots =
        new SnapshotFolders(
            linux, node, store, remover, mounter, new LayerCollector(store, remover));
    Path image = scratch.folder("image");
    Files.writeString(image.resolve("of-image"), "image");
    container = FakeContainer.start(scratch.path());
    requester = Requester.hold(linux, container.pid()).orElseThrow();
    instance = instance("one", SIZE, null);
  }

  @AfterEach
  void stop() throws Exception {
    requester.close();
    container.close();
    for (String name : NAMES) {
      remover.remove(store.placeOf(instance(name, null, null)));
    }
    // A frozen image has no device of its own: each goes with the last file system on it.
    LoopFiles.awaitNone(scratch.path());
    linux.umount(scratch.path() + "/prefix", MNT_DETACH);
    scratch.close();
  }

  private Instance instance(
      String name, @Nullable Long sizeBytes, Instance.@Nullable Source source) {
    return new Instance(
        "ns",
        name,
        "uid-" + name,
        new Storage(scratch.path() + "/prefix", sizeBytes),
        "image:1",
        null,
        source);
  }

  private Instance clone(String name, @Nullable Long sizeBytes, String snapshot) {
    return instance(name, sizeBytes, new Instance.Source("snap", snapshot));
  }

  private Instance restoring(String snapshot, String restore, String before) {
    return instance(
        "one",
        SIZE,
        new Instance.Source("snap", snapshot, new Instance.Restore(restore, "snap", before)));
  }

  private Path folder(String name) {
    return folder("one", name);
  }

  private Path folder(String instance, String name) {
    return scratch.path().resolve("prefix/ns/" + instance).resolve(name);
  }

  private Path layer(String id) {
    return scratch.path().resolve("prefix/.layers/ns/" + id);
  }

  private void mount(Instance mounted) {
    try (Fd root = requester.root()) {
      ImageLayers layers = ImageLayers.of(requester.mounts().root().orElseThrow());
      mounter.mount(mounted, root, layers, Optional::empty);
    }
  }

  private FolderRecord take(String uid) {
    return take(instance, uid);
  }

  private FolderRecord take(Instance of, String uid) {
    return snapshots.take(of, "snap", uid, () -> {});
  }

  private List<String> devices() throws IOException {
    return LoopFiles.below(scratch.path());
  }

  private static List<String> list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private long allocated(Path file) {
    try (Fd open = linux.openat(Fd.CWD, file.toString(), 0, 0)) {
      return linux.stat(open).allocatedBytes();
    }
  }

  /** In parts, as the heap is the agent's. */
  private static void writeZeros(Path file, int mebibytes) throws IOException {
    try (OutputStream writer = Files.newOutputStream(file)) {
      byte[] part = new byte[(int) MIB];
      for (int i = 0; i < mebibytes; i++) {
        writer.write(part);
      }
    }
  }

  private static String digest(Path file) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
      in.transferTo(OutputStream.nullOutputStream());
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private long freeOutside() throws IOException {
    return Files.getFileStore(scratch.path().resolve("prefix")).getUnallocatedSpace();
  }

  @Test
  void freezesTheWholeImageAndGoesOnInANewOne() throws Exception {
    mount(instance);
    Files.writeString(folder("rootfs/written"), "before");
    Files.delete(folder("rootfs/of-image"));
    Files.setPosixFilePermissions(folder("rootfs"), PosixFilePermissions.fromString("rwx--x---"));
    FolderRecord taken = take("s-1");
    assertEquals(List.of("s-1"), taken.stack());
    assertEquals(4, taken.version(), "agents that know no frozen image refuse it");
    assertEquals(4, store.record(store.placeOf(instance)).orElseThrow().version());
    assertEquals(List.of("disk.img"), list(layer("s-1")));
    assertEquals(List.of("disk", "disk.img", "instance.json", "rootfs"), list(folder("")));
    assertEquals(List.of(), list(folder("disk/upper")));

    mounter.mounted(instance).orElseThrow().close();
    assertEquals("before", Files.readString(folder("rootfs/written")));
    assertFalse(Files.exists(folder("rootfs/of-image")));
    assertEquals(
        "rwx--x---",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(folder("rootfs"))));
    assertEquals(2, devices().size(), "one for each image");
    assertTrue(snapshots.find(store.placeOf(instance), "snap", "s-1").isPresent());
  }

  @Test
  void keepsAFolderOverARestore() throws Exception {
    mount(instance);
    Files.writeString(folder("rootfs/file"), "first");
    take("s-1");
    Files.createDirectories(folder("rootfs/kept"));
    Files.writeString(folder("rootfs/kept/file"), "kept");
    Files.writeString(folder("rootfs/file"), "second");
    take("before");
    mounter.restore(
        instance(
            "one",
            SIZE,
            new Instance.Source(
                "snap",
                "s-1",
                new Instance.Restore("r-1", "snap", "before", List.of("/kept", "/of-image")))),
        () -> {});
    assertEquals("kept", Files.readString(folder("rootfs/kept/file")));
    assertEquals("image", Files.readString(folder("rootfs/of-image")));
    assertEquals("first", Files.readString(folder("rootfs/file")));
    String layer = record("one").stack().getFirst();
    assertEquals(List.of("upper", "work"), list(layer(layer)), "a folder over an image");
    assertEquals("No space left on device", refusal(() -> fill(folder("rootfs/big"))));
  }

  @Test
  void holdsTheSizeAfterASnapshot() throws Exception {
    mount(instance);
    Files.writeString(folder("rootfs/kept"), "kept");
    take("s-1");
    long before = freeOutside();
    assertEquals(SIZE, Files.size(folder("disk.img")));
    assertEquals("No space left on device", refusal(() -> fill(folder("rootfs/big"))));
    assertEquals(before, freeOutside());
    assertEquals(
        Optional.of(ConditionReason.NO_SPACE_LEFT), new DiskInspector(store).pressure(instance));
    assertEquals("kept", Files.readString(folder("rootfs/kept")));
  }

  @Test
  void keepsNoRoomForWhatALayerDoesNotHold() throws Exception {
    mount(instance);
    writeZeros(folder("rootfs/kept"), 4);
    writeZeros(folder("rootfs/deleted"), 30);
    Files.delete(folder("rootfs/deleted"));
    take("s-1");
    long its = allocated(layer("s-1").resolve("disk.img"));
    assertTrue(its >= 4 * MIB && its < 20 * MIB, "it takes " + its);
    assertEquals(
        its, new UpperCounter(linux, store).count(layerPlace("s-1")).orElseThrow().bytes());
    assertTrue(allocated(folder("disk.img")) >= SIZE, "what goes on has all of its room");
  }

  private Place layerPlace(String id) {
    return store.layer(store.placeOf(instance), id);
  }

  @Test
  void keepsALayerAsItIs() throws Exception {
    mount(instance);
    Files.writeString(folder("rootfs/file"), "first");
    take("s-1");
    String before = digest(layer("s-1").resolve("disk.img"));
    Files.writeString(folder("rootfs/file"), "second");
    take("s-2");
    Files.delete(folder("rootfs/file"));
    linux.umount(folder("rootfs").toString(), 0);
    linux.umount(folder("disk").toString(), 0);
    mount(instance);
    assertFalse(Files.exists(folder("rootfs/file")));
    mount(clone("two", null, "s-1"));
    mount(clone("three", null, "s-2"));
    assertEquals("first", Files.readString(folder("two", "rootfs/file")));
    assertEquals("second", Files.readString(folder("three", "rootfs/file")));
    assertEquals(before, digest(layer("s-1").resolve("disk.img")), "no byte of it is written");
  }

  @Test
  void clonesShareTheirLayerWithAndWithoutASize() throws Exception {
    mount(instance);
    Files.writeString(folder("rootfs/file"), "first");
    take("s-1");
    mount(clone("two", null, "s-1"));
    mount(clone("three", SIZE, "s-1"));
    Files.writeString(folder("rootfs/file"), "of one");
    Files.writeString(folder("two", "rootfs/file"), "of two");
    assertEquals("first", Files.readString(folder("three", "rootfs/file")));
    assertEquals("No space left on device", refusal(() -> fill(folder("three", "rootfs/big"))));
    assertEquals("of one", Files.readString(folder("rootfs/file")));
    assertEquals("of two", Files.readString(folder("two", "rootfs/file")));
    assertEquals(3, devices().size(), "two that are written to, and the layer");
    assertEquals(4, record("two").version());
    take(clone("two", null, "s-1"), "s-2");
    assertEquals(List.of("upper", "work"), list(layer("s-2")), "a folder over an image");
    assertEquals("of two", Files.readString(folder("two", "rootfs/file")));
  }

  private FolderRecord record(String name) {
    return store.record(store.placeOf(instance(name, null, null))).orElseThrow();
  }

  @Test
  void clonesAFolderIntoAnImage() throws Exception {
    Instance unsized = instance("two", null, null);
    mount(unsized);
    Files.writeString(folder("two", "rootfs/file"), "first");
    take(unsized, "s-1");
    instance = clone("one", SIZE, "s-1");
    mount(instance);
    assertEquals("first", Files.readString(folder("rootfs/file")));
    assertEquals("No space left on device", refusal(() -> fill(folder("rootfs/big"))));
    Files.delete(folder("rootfs/big"));
    Files.writeString(folder("rootfs/file"), "second");
    take("s-2");
    assertEquals("second", Files.readString(folder("rootfs/file")));
    assertEquals(List.of("s-2", "s-1"), record("one").stack());
  }

  @Test
  void restoresTheFilesOfASnapshotAndUndoesIt() throws Exception {
    mount(instance);
    Files.writeString(folder("rootfs/file"), "first");
    take("s-1");
    Files.writeString(folder("rootfs/file"), "second");
    take("before-1");
    mounter.restore(restoring("s-1", "r-1", "before-1"), () -> {});
    assertEquals("first", Files.readString(folder("rootfs/file")));
    mounter.mounted(restoring("s-1", "r-1", "before-1")).orElseThrow().close();
    Files.writeString(folder("rootfs/file"), "third");
    take("before-2");
    Files.writeString(folder("rootfs/file"), "since");
    mounter.restore(restoring("before-1", "r-2", "before-2"), () -> {});
    assertEquals("second", Files.readString(folder("rootfs/file")));
    take("before-3");
    mounter.restore(restoring("before-2", "r-3", "before-3"), () -> {});
    assertEquals("since", Files.readString(folder("rootfs/file")));
    assertEquals("No space left on device", refusal(() -> fill(folder("rootfs/big"))));
  }

  @Test
  void finishesARestoreBeforeAContainerGetsTheFiles() throws Exception {
    mount(instance);
    Files.writeString(folder("rootfs/file"), "first");
    take("s-1");
    Files.writeString(folder("rootfs/file"), "second");
    take("before");
    linux.umount(folder("rootfs").toString(), 0);
    linux.umount(folder("disk").toString(), 0);
    mount(restoring("s-1", "r-1", "before"));
    assertEquals("first", Files.readString(folder("rootfs/file")));
  }

  @Test
  void removesAnImageWithTheLastStackThatNamesIt() throws Exception {
    mount(instance);
    take("s-1");
    mount(clone("two", null, "s-1"));
    snapshots.remove(store.placeOf(instance), "snap", "s-1");
    remover.remove(store.placeOf(instance));
    new LayerCollector(store, remover).collectAll();
    assertTrue(Files.exists(layer("s-1")), "the clone lies on it");
    remover.remove(store.placeOf(instance("two", null, null)));
    new LayerCollector(store, remover).collectAll();
    assertFalse(Files.exists(layer("s-1")));
    LoopFiles.awaitNone(scratch.path());
  }

  @Test
  void changesNothingWithoutRoomForTheNextImage() throws Exception {
    mount(instance);
    Files.writeString(folder("rootfs/file"), "kept");
    writeZeros(folder("rootfs/large"), 40);
    writeZeros(scratch.path().resolve("prefix/other"), 380);
    RefusedException refusal = assertThrows(RefusedException.class, () -> take("s-1"));
    assertEquals(AgentReason.NOT_ENOUGH_SPACE, refusal.reason());
    assertTrue(mounter.isDone(instance), "it was not even unmounted");
    assertFalse(Files.exists(layer("s-1")));
    assertTrue(allocated(folder("disk.img")) >= SIZE);
    Files.delete(scratch.path().resolve("prefix/other"));
    take("s-1");
    assertEquals("kept", Files.readString(folder("rootfs/file")));
  }

  @Test
  void freezesNoImageThatIsInUse() throws Exception {
    mount(instance);
    Files.writeString(folder("rootfs/file"), "kept");
    try (FileInputStream open = new FileInputStream(folder("disk/upper/file").toFile())) {
      RefusedException refusal = assertThrows(RefusedException.class, () -> take("s-1"));
      assertEquals(AgentReason.IN_USE, refusal.reason());
      assertEquals('k', open.read());
    }
    mount(instance);
    assertEquals("kept", Files.readString(folder("rootfs/file")));
    take("s-1");
    assertEquals("kept", Files.readString(folder("rootfs/file")));
  }

  @Test
  void freezesNoImageThatIsMountedElsewhere() throws Exception {
    mount(instance);
    Files.writeString(folder("rootfs/file"), "kept");
    Path elsewhere = scratch.folder("elsewhere");
    try (Fd disk = linux.openat(Fd.CWD, folder("disk").toString(), 0, 0);
        Fd copy = linux.cloneMount(disk, false);
        Fd target = linux.openat(Fd.CWD, elsewhere.toString(), 0, 0)) {
      linux.moveMount(copy, target);
    }
    assertThrows(NotYetException.class, () -> take("s-1"));
    assertFalse(Files.exists(layer("s-1")));
    linux.umount(elsewhere.toString(), 0);
    take("s-1");
    assertEquals("kept", Files.readString(folder("rootfs/file")));
  }

  @Test
  void mergesNoImages() throws Exception {
    mount(instance);
    for (int i = 0; i < 3; i++) {
      Files.writeString(folder("rootfs/file-" + i), "of " + i);
      take("s-" + i);
    }
    LayerCollector collector = new LayerCollector(store, remover);
    for (int i = 0; i < 3; i++) {
      snapshots.remove(store.placeOf(instance), "snap", "s-" + i);
    }
    new StackFlattener(linux, store, remover, mounter, collector, 2, System::nanoTime)
        .flatten(instance, () -> {});
    assertEquals(List.of("s-2", "s-1", "s-0"), record("one").stack());
    assertEquals("of 0", Files.readString(folder("rootfs/file-0")));
    assertTrue(mounter.isDone(instance));
  }

  @Test
  void mountsAStackOfManyImages() throws Exception {
    mount(instance);
    int layers = 12;
    for (int i = 0; i < layers; i++) {
      Files.writeString(folder("rootfs/file-" + i), "of " + i);
      take("s-" + i);
    }
    linux.umount(folder("rootfs").toString(), 0);
    linux.umount(folder("disk").toString(), 0);
    LoopFiles.awaitNone(scratch.path());
    mount(instance);
    for (int i = 0; i < layers; i++) {
      assertEquals("of " + i, Files.readString(folder("rootfs/file-" + i)));
    }
    assertEquals(layers + 1, devices().size());
  }
}
