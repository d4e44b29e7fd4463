package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.agent.filesystem.Writing.fill;
import static top.xtlsoft.stoppablecontainer.agent.filesystem.Writing.refusal;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import top.xtlsoft.stoppablecontainer.agent.FakeContainer;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.Scratch;
import top.xtlsoft.stoppablecontainer.agent.attach.ContainerAttacher;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.HostFolderStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Storage;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.StorageSettings;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.process.Occupants;
import top.xtlsoft.stoppablecontainer.agent.process.Requester;
import top.xtlsoft.stoppablecontainer.agent.process.UserNamespace;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;

/** A disk that is small, full, read-only; and files of every kind on it, on the real kernel. */
@Timeout(300)
class DiskIT {

  private static final long MS_RDONLY = 1;
  private static final long MS_REMOUNT = 32;
  private static final int CYCLES = 5;

  private final LinuxSyscalls linux = new JnrSyscalls();
  private final Node node = Node.open(linux);
  private final FileSystemStore store =
      new HostFolderStore(linux, node, StorageSettings.from(Map.of()));
  private final FileSystemRemover remover = new FileSystemRemover(linux, node, store);
  private final Occupants occupants = new Occupants(linux);
  private final FileSystemMounter mounter =
      new FileSystemMounter(linux, node, store, remover, occupants);
  private final ContainerAttacher attacher = new ContainerAttacher(linux, node, occupants);
  private final DiskInspector disk = new DiskInspector(store);

  private Scratch scratch;
  private FakeContainer container;
  private Instance instance;

  @BeforeEach
  void start() throws Exception {
    scratch = new Scratch();
    Path image = scratch.folder("image");
    Files.writeString(image.resolve("of-image"), "image");
    Files.writeString(Files.createDirectories(image.resolve("folder")).resolve("inner"), "image");
    container = FakeContainer.start(scratch.path());
    instance =
        new Instance("ns", "one", "uid-1", new Storage(scratch.path() + "/prefix"), "image:1");
  }

  @AfterEach
  void stop() throws Exception {
    container.close();
    remover.remove(store.placeOf(instance));
    if (Files.exists(scratch.path().resolve("prefix"))) {
      linux.umount(instance.storage().hostPathPrefix(), 2);
    }
    scratch.close();
  }

  /** A disk of its own for the prefix, and a container on it. */
  private void startOn(String options) throws IOException {
    linux.mount("disk", scratch.folder("prefix").toString(), "tmpfs", 0, options);
    try (Requester requester = Requester.hold(linux, container.pid()).orElseThrow();
        Fd root = requester.root()) {
      ImageLayers layers = ImageLayers.of(requester.mounts().root().orElseThrow());
      mounter.mount(instance, root, layers, Optional::empty);
    }
    attach();
  }

  private void attach() {
    try (Requester requester = Requester.hold(linux, container.pid()).orElseThrow();
        Fd rootfs = mounter.mounted(instance).orElseThrow()) {
      attacher.attach(requester, rootfs, UserNamespace.ofNode(node), image -> {}, true).close();
    }
  }

  /** Another container on the same files. */
  private void startAgain() throws IOException {
    container.close();
    container = FakeContainer.start(scratch.path());
    attach();
  }

  private Path path(String path) {
    return container.path(path);
  }

  @Test
  void aFullDiskFailsTheWriterAndLosesNothing() throws Exception {
    startOn("size=1m,mode=700");
    Files.writeString(path("/kept"), "kept");
    assertEquals(Optional.empty(), disk.pressure(instance));

    assertEquals("No space left on device", refusal(() -> fill(path("/big"))));
    assertEquals(Optional.of(ConditionReason.NO_SPACE_LEFT), disk.pressure(instance));
    assertEquals("No space left on device", refusal(() -> fill(path("/more"))));
    assertEquals("kept", Files.readString(path("/kept")));
    startAgain();
    assertEquals("kept", Files.readString(path("/kept")));

    Files.delete(path("/big"));
    assertEquals(Optional.empty(), disk.pressure(instance));
    Files.writeString(path("/kept"), "and more");
    startAgain();
    assertEquals("and more", Files.readString(path("/kept")));
  }

  @Test
  void aDiskWithoutInodesFailsTheWriterAndLosesNothing() throws Exception {
    startOn("size=8m,nr_inodes=200,mode=700");
    Files.createDirectory(path("/many"));
    assertEquals(
        "No space left on device",
        refusal(
            () -> {
              for (int i = 0; ; i++) {
                Files.createFile(path("/many/" + i));
              }
            }));
    assertEquals(Optional.of(ConditionReason.NO_INODES_LEFT), disk.pressure(instance));
    Files.writeString(path("/many/0"), "there are blocks");
    startAgain();
    assertEquals("there are blocks", Files.readString(path("/many/0")));
    for (int i = 1; i < 20; i++) {
      Files.delete(path("/many/" + i));
    }
    assertEquals(Optional.empty(), disk.pressure(instance));
    Files.createFile(path("/many/new"));
  }

  @Test
  void aReadOnlyDiskFailsTheWriterAndIsReadOn() throws Exception {
    startOn("size=1m,mode=700");
    Files.writeString(path("/kept"), "kept");
    linux.mount("disk", instance.storage().hostPathPrefix(), "tmpfs", MS_REMOUNT | MS_RDONLY, "");
    assertEquals("Read-only file system", refusal(() -> Files.writeString(path("/new"), "x")));
    assertEquals("Read-only file system", refusal(() -> Files.writeString(path("/kept"), "x")));
    assertEquals(Optional.of(ConditionReason.READ_ONLY_FILE_SYSTEM), disk.pressure(instance));
    assertEquals("kept", Files.readString(path("/kept")));

    linux.mount("disk", instance.storage().hostPathPrefix(), "tmpfs", MS_REMOUNT, "");
    assertEquals(Optional.empty(), disk.pressure(instance));
    Files.writeString(path("/kept"), "again");
    assertEquals("again", Files.readString(path("/kept")));
  }

  @Test
  void fullDiskLeavesNoPartialMount() throws Exception {
    linux.mount("disk", scratch.folder("prefix").toString(), "tmpfs", 0, "size=64k,mode=700");
    Path big = scratch.path().resolve("prefix/big");
    assertThrows(IOException.class, () -> fill(big));
    try (Requester requester = Requester.hold(linux, container.pid()).orElseThrow();
        Fd root = requester.root()) {
      ImageLayers layers = ImageLayers.of(requester.mounts().root().orElseThrow());
      assertThrows(
          RuntimeException.class, () -> mounter.mount(instance, root, layers, Optional::empty));
      assertTrue(mounter.mounted(instance).isEmpty());
      Files.delete(big);
      mounter.mount(instance, root, layers, Optional::empty);
    }
    attach();
    assertEquals("image", Files.readString(path("/of-image")));
  }

  @Test
  void filesOfEveryKindStayAsTheyAreOverFiveStarts() throws Exception {
    startOn("size=8m,mode=700");
    String longName = "n".repeat(255);
    Files.writeString(path("/" + longName), "long");
    try (RandomAccessFile sparse = new RandomAccessFile(path("/sparse").toFile(), "rw")) {
      sparse.seek(1L << 30);
      sparse.write(1);
    }
    Files.writeString(path("/one"), "linked");
    Files.createLink(path("/two"), path("/one"));
    sh("mknod /proc/%d/root/null c 1 3; mkfifo /proc/%d/root/fifo");
    sh("python3 -c \"import os; os.setxattr('/proc/%d/root/one', 'trusted.note', b'kept')\"");
    Files.delete(path("/of-image"));
    // Made anew over one of the image's, the folder is opaque.
    Files.delete(path("/folder/inner"));
    Files.delete(path("/folder"));
    Files.createDirectory(path("/folder"));
    Files.writeString(path("/folder/own"), "own");
    List<String> before = facts();

    for (int cycle = 1; cycle <= CYCLES; cycle++) {
      startAgain();
      assertEquals(before, facts(), "after start " + cycle);
      assertEquals("long", Files.readString(path("/" + longName)));
      assertTrue(blocks("/sparse") < 100, "it stays sparse: " + blocks("/sparse"));
      assertTrue(Files.isSameFile(path("/one"), path("/two")));
      assertEquals(2, Files.getAttribute(path("/one"), "unix:nlink"));
      assertFalse(Files.exists(path("/of-image"), LinkOption.NOFOLLOW_LINKS));
      assertEquals("own", String.join(" ", path("/folder").toFile().list()));
    }
    assertEquals(
        "kept",
        sh(
            "python3 -c \"import os; print(os.getxattr('/proc/%d/root/one','trusted.note').decode())\""));
  }

  @Test
  void aHundredThousandFilesAreKeptAndRemoved() throws Exception {
    startOn("size=900m,nr_inodes=110k,mode=700");
    for (int folder = 0; folder < 100; folder++) {
      Path in = Files.createDirectory(path("/many" + folder));
      for (int file = 0; file < 1000; file++) {
        Files.createFile(in.resolve("file" + file));
      }
    }
    startAgain();
    int found =
        IntStream.range(0, 100).map(folder -> path("/many" + folder).toFile().list().length).sum();
    assertEquals(100_000, found);
    container.close();
    remover.remove(store.placeOf(instance));
    assertEquals(0, scratch.path().resolve("prefix").toFile().list().length);
  }

  private long blocks(String file) throws Exception {
    return Long.parseLong(sh("stat -c %%b /proc/%d/root" + file));
  }

  private List<String> facts() throws IOException {
    try (Stream<Path> files = Files.walk(path("/"), 1)) {
      return files
          .map(file -> file.getFileName() == null ? "" : file.getFileName().toString())
          .filter(name -> List.of("one", "two", "null", "fifo", "sparse", "folder").contains(name))
          .map(this::fact)
          .sorted()
          .toList();
    }
  }

  private String fact(String name) {
    try {
      return name
          + Files.readAttributes(
              path("/" + name), "unix:mode,uid,gid,size,nlink,rdev,lastModifiedTime,ctime");
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A line of shell; each %d is the container's process. */
  private String sh(String line) throws IOException {
    Process process =
        new ProcessBuilder("sh", "-ec", line.replace("%d", "" + container.pid()).replace("%%", "%"))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String out = new String(process.getInputStream().readAllBytes());
    assertEquals(0, process.onExit().join().exitValue(), line);
    return out.strip();
  }

  @Test
  void countsWhatAContainerWroteAndNoMountInIt() throws Exception {
    startOn("size=4m,mode=700");
    UpperCounter counter = new UpperCounter(linux, store, UpperCounter.MAX_INODES);
    UpperUsage before = counter.count(store.placeOf(instance)).orElseThrow();
    Files.write(path("/big"), new byte[1 << 20]);
    // A deleted file of the image's is a whiteout, a changed folder a copy.
    Files.delete(path("/of-image"));
    Files.createFile(path("/folder/more"));
    UpperUsage after = counter.count(store.placeOf(instance)).orElseThrow();
    assertTrue(after.bytes() - before.bytes() >= 1 << 20, after.toString());
    assertTrue(after.bytes() - before.bytes() < 2 << 20, after.toString());
    assertTrue(after.inodes() - before.inodes() >= 3, after.toString());
    assertTrue(after.inodes() - before.inodes() <= 4, after.toString());

    String mount = store.placeOf(instance) + "/upper/folder";
    linux.mount("other", mount, "tmpfs", 0, "size=2m,mode=700");
    try {
      Files.write(Path.of(mount, "not-its-own"), new byte[1 << 20]);
      assertTrue(counter.count(store.placeOf(instance)).orElseThrow().bytes() <= after.bytes());
    } finally {
      linux.umount(mount, 0);
    }
  }
}
