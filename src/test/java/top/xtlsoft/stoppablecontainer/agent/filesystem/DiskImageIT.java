package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.agent.filesystem.Writing.fill;
import static top.xtlsoft.stoppablecontainer.agent.filesystem.Writing.refusal;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import top.xtlsoft.stoppablecontainer.agent.Capabilities;
import top.xtlsoft.stoppablecontainer.agent.FakeContainer;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.LoopFiles;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.Scratch;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.HostFolderStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Storage;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.StorageSettings;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.process.Occupants;
import top.xtlsoft.stoppablecontainer.agent.process.Requester;
import top.xtlsoft.stoppablecontainer.api.AgentReason;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;

/** File systems with a size, in disk images on real loop devices. */
@Timeout(300)
class DiskImageIT {

  private static final int MNT_DETACH = 2;
  private static final long MIB = 1 << 20;
  private static final long SIZE = 64 * MIB;

  private final LinuxSyscalls linux = new JnrSyscalls();
  private final Node node = Node.open(linux);

  private Scratch scratch;
  private FileSystemStore store;
  private FileSystemRemover remover;
  private FileSystemMounter mounter;
  private UpperCounter counter;
  private DiskInspector inspector;
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
    counter = new UpperCounter(linux, store);
    inspector = new DiskInspector(store);
    Path image = scratch.folder("image");
    Files.writeString(image.resolve("of-image"), "image");
    Files.createDirectories(image.resolve("folder"));
    container = FakeContainer.start(scratch.path());
    requester = Requester.hold(linux, container.pid()).orElseThrow();
    instance = instance("uid-1", SIZE);
  }

  @AfterEach
  void stop() throws Exception {
    requester.close();
    container.close();
    remover.remove(store.placeOf(instance));
    LoopFiles.awaitNone(scratch.path());
    linux.umount(scratch.path() + "/prefix", MNT_DETACH);
    scratch.close();
  }

  private Instance instance(String uid, @Nullable Long sizeBytes) {
    return instance(uid, sizeBytes, null);
  }

  private Instance instance(String uid, @Nullable Long sizeBytes, @Nullable String adopts) {
    return new Instance(
        "ns", "one", uid, new Storage(scratch.path() + "/prefix", sizeBytes), "image:1", adopts);
  }

  private Path folder(String name) {
    return scratch.path().resolve("prefix/ns/one").resolve(name);
  }

  private void mount() {
    mount(instance);
  }

  private void mount(Instance mounted) {
    try (Fd root = requester.root()) {
      ImageLayers layers = ImageLayers.of(requester.mounts().root().orElseThrow());
      mounter.mount(mounted, root, layers, Optional::empty);
    }
  }

  private void unmount() {
    linux.umount(folder("rootfs").toString(), 0);
    linux.umount(folder("disk").toString(), 0);
  }

  private List<String> devices() throws IOException {
    return LoopFiles.below(scratch.path());
  }

  private static List<String> list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  /** In parts, as the heap is the agent's. */
  private static void writeZeros(Path file, long bytes) throws IOException {
    try (RandomAccessFile writer = new RandomAccessFile(file.toFile(), "rw")) {
      byte[] part = new byte[(int) MIB];
      for (long written = 0; written < bytes; written += part.length) {
        writer.write(part);
      }
    }
  }

  private long freeOutside() throws IOException {
    return Files.getFileStore(scratch.path().resolve("prefix")).getUnallocatedSpace();
  }

  private RefusedException refused() {
    return assertThrows(RefusedException.class, this::mount);
  }

  @Test
  void laysUpperAndWorkInAnImageOfThatSize() throws Exception {
    mount();
    assertEquals("image", Files.readString(folder("rootfs/of-image")));
    assertEquals(List.of("disk", "disk.img", "instance.json", "rootfs"), list(folder("")));
    assertEquals(List.of("lost+found", "upper", "work"), list(folder("disk")));
    assertEquals(SIZE, Files.size(folder("disk.img")));
    assertEquals(1, devices().size());
    assertTrue(Files.readString(folder("instance.json")).contains("\"version\":3"));
  }

  @Test
  void keepsWhatIsWrittenOverUnmountAndMount() throws Exception {
    mount();
    Files.writeString(folder("rootfs/written"), "kept");
    Files.delete(folder("rootfs/of-image"));
    unmount();
    LoopFiles.awaitNone(scratch.path());
    mount();
    assertEquals("kept", Files.readString(folder("rootfs/written")));
    assertFalse(Files.exists(folder("rootfs/of-image")));
    assertEquals(1, devices().size());
  }

  @Test
  void failsTheWriterWhenItIsFullAndTakesNothingOutside() throws Exception {
    mount();
    Files.writeString(folder("rootfs/kept"), "kept");
    assertEquals(Optional.empty(), inspector.pressure(instance));
    long before = freeOutside();

    assertEquals("No space left on device", refusal(() -> fill(folder("rootfs/big"))));
    assertEquals(Optional.of(ConditionReason.NO_SPACE_LEFT), inspector.pressure(instance));
    assertEquals(before, freeOutside());
    assertEquals(SIZE, Files.size(folder("disk.img")));
    long used = counter.count(store.placeOf(instance)).orElseThrow().bytes();
    assertTrue(used > SIZE * 9 / 10 && used <= SIZE, "used: " + used);

    Files.delete(folder("rootfs/big"));
    assertEquals(Optional.empty(), inspector.pressure(instance));
    assertEquals("kept", Files.readString(folder("rootfs/kept")));
  }

  @Test
  void countsFilesWithoutAName() throws Exception {
    mount();
    writeZeros(folder("rootfs/unlinked"), 40 * MIB);
    try (FileInputStream open = new FileInputStream(folder("rootfs/unlinked").toFile())) {
      Files.delete(folder("rootfs/unlinked"));
      assertEquals(0, open.read());
      assertTrue(counter.count(store.placeOf(instance)).orElseThrow().bytes() > 40 * MIB);
      assertEquals("No space left on device", refusal(() -> fill(folder("rootfs/big"))));
      assertTrue(Files.size(folder("rootfs/big")) < 24 * MIB);
    }
  }

  @Test
  void holdsASparseFileThatIsLargerThanItself() throws Exception {
    mount();
    long before = freeOutside();
    try (RandomAccessFile sparse = new RandomAccessFile(folder("rootfs/sparse").toFile(), "rw")) {
      sparse.setLength(1L << 40);
      sparse.seek(1L << 39);
      sparse.write(1);
    }
    assertEquals(before, freeOutside());
    assertTrue(counter.count(store.placeOf(instance)).orElseThrow().bytes() < 8 * MIB);
  }

  @Test
  void endsItsInodesAndNotThoseOutside() throws Exception {
    mount();
    Path many = Files.createDirectory(folder("rootfs/many"));
    assertEquals(
        "No space left on device",
        refusal(
            () -> {
              for (int i = 0; ; i++) {
                Files.createFile(many.resolve("file" + i));
              }
            }));
    assertEquals(Optional.of(ConditionReason.NO_INODES_LEFT), inspector.pressure(instance));
  }

  @Test
  void growsWhileItIsInUse() throws Exception {
    mount();
    Files.writeString(folder("rootfs/kept"), "kept");
    assertEquals("No space left on device", refusal(() -> fill(folder("rootfs/big"))));
    Instance larger = instance("uid-1", 200 * MIB);
    if (!Capabilities.hasSysResource()) {
      growsNothing(larger);
      return;
    }
    try (FileInputStream open = new FileInputStream(folder("rootfs/kept").toFile())) {
      assertTrue(mounter.grow(larger));
      assertTrue(mounter.grow(larger), "and once more");
      assertEquals("kept", new String(open.readAllBytes()));
    }
    assertEquals(200 * MIB, Files.size(folder("disk.img")));
    writeZeros(folder("rootfs/more"), 120 * MIB);
    assertEquals(1, devices().size());
    unmount();
    mount();
    assertEquals(120 * MIB, Files.size(folder("rootfs/more")));
    assertTrue(mounter.grow(instance), "it never shrinks");
    assertEquals(200 * MIB, Files.size(folder("disk.img")));
  }

  /** So it is in a container that lacks the right, whatever it is called. */
  private void growsNothing(Instance larger) throws IOException {
    RefusedException refusal = assertThrows(RefusedException.class, () -> mounter.grow(larger));
    assertEquals(AgentReason.STORAGE_SIZE_UNSUPPORTED, refusal.reason());
    assertEquals(SIZE, Files.size(folder("disk.img")));
    assertEquals("kept", Files.readString(folder("rootfs/kept")));
  }

  @Test
  void needsNoRightForAFileSystemThatIsAsLargeAsItShouldBe() throws Exception {
    mount();
    assertTrue(mounter.grow(instance));
    assertEquals(SIZE, Files.size(folder("disk.img")));
  }

  @Test
  void growsOnceItIsMounted() throws Exception {
    mount();
    unmount();
    assertFalse(mounter.grow(instance("uid-1", 200 * MIB)));
    assertEquals(SIZE, Files.size(folder("disk.img")));
  }

  @Test
  void startsWithWhatThereIsWhenTheDiskHasNoRoomToGrow() throws Exception {
    mount();
    Instance larger = instance("uid-1", 1L << 40);
    RefusedException refusal = assertThrows(RefusedException.class, () -> mounter.grow(larger));
    assertEquals(
        Capabilities.hasSysResource()
            ? AgentReason.NOT_ENOUGH_SPACE
            : AgentReason.STORAGE_SIZE_UNSUPPORTED,
        refusal.reason());
    assertEquals(SIZE, Files.size(folder("disk.img")));
    unmount();
    mount(larger);
    assertTrue(mounter.isDone(larger));
  }

  @Test
  void leavesATenthOfTheDiskFree() throws Exception {
    instance = instance("uid-1", 480 * MIB);
    long before = freeOutside();
    assertEquals(AgentReason.NOT_ENOUGH_SPACE, refused().reason());
    assertEquals(List.of("instance.json"), list(folder("")));
    assertTrue(before - freeOutside() < MIB);
  }

  /** Two devices over one file would destroy what is in it. */
  @Test
  void attachesNoSecondDeviceToAnImageThatIsStillInUse() throws Exception {
    mount();
    Files.writeString(folder("rootfs/open"), "before");
    List<String> before = devices();
    try (RandomAccessFile open = new RandomAccessFile(folder("rootfs/open").toFile(), "rw")) {
      linux.umount(folder("rootfs").toString(), MNT_DETACH);
      linux.umount(folder("disk").toString(), MNT_DETACH);
      mount();
      assertEquals(before, devices());
      open.setLength(0);
      open.writeBytes("after");
      assertEquals("after", Files.readString(folder("rootfs/open")));
    }
    assertEquals(before, devices());
  }

  @Test
  void leavesNoDeviceBehindWhenItIsRemoved() throws Exception {
    mount();
    long before = freeOutside();
    remover.remove(store.placeOf(instance));
    LoopFiles.awaitNone(scratch.path());
    assertFalse(Files.exists(folder("")));
    assertTrue(freeOutside() - before >= SIZE);
  }

  @Test
  void makesNoEmptyImageInThePlaceOfALostOne() throws Exception {
    mount();
    unmount();
    Files.move(folder("disk.img"), scratch.path().resolve("prefix/elsewhere"));
    assertEquals(AgentReason.LAYER_MISSING, refused().reason());
    Files.move(scratch.path().resolve("prefix/elsewhere"), folder("disk.img"));
    mount();
  }

  @Test
  void followsNoSymlinkInThePlaceOfTheImage() throws Exception {
    mount();
    unmount();
    Files.move(folder("disk.img"), scratch.path().resolve("prefix/elsewhere"));
    Files.createSymbolicLink(folder("disk.img"), scratch.path().resolve("prefix/elsewhere"));
    assertThrows(RuntimeException.class, this::mount);
    assertEquals(List.of(), devices());
  }

  @Test
  void givesNoSizeToFilesThatLieInAFolder() throws Exception {
    mount(instance("uid-1", null));
    Files.writeString(folder("rootfs/written"), "kept");
    linux.umount(folder("rootfs").toString(), 0);
    assertEquals(AgentReason.STORAGE_SIZE_UNSUPPORTED, refused().reason());
    mount(instance("uid-1", null));
    assertEquals("kept", Files.readString(folder("rootfs/written")));
  }

  @Test
  void isSetAsideAndTakenUpWithItsImage() throws Exception {
    mount();
    Files.writeString(folder("rootfs/written"), "kept");
    OrphanFolders orphans = new OrphanFolders(linux, store, remover, Clock.systemUTC());
    assertTrue(orphans.setAside(store.placeOf(instance), "uid-1", "test", uid -> true));
    LoopFiles.awaitNone(scratch.path());
    Orphan orphan = orphans.measured(orphans.list().getFirst());
    assertTrue(orphan.setAside().bytes() >= SIZE);
    instance = instance("uid-2", null, "uid-1");
    assertEquals(AgentReason.ADOPTION_REFUSED, refused().reason());
    instance = instance("uid-2", SIZE, "uid-1");
    mount();
    assertEquals("kept", Files.readString(folder("rootfs/written")));
  }
}
