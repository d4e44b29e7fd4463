package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import top.xtlsoft.stoppablecontainer.agent.FakeContainer;
import top.xtlsoft.stoppablecontainer.agent.FuseRoot;
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
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.process.MountEntry;
import top.xtlsoft.stoppablecontainer.agent.process.Occupants;
import top.xtlsoft.stoppablecontainer.agent.process.OldRoot;
import top.xtlsoft.stoppablecontainer.agent.process.Requester;
import top.xtlsoft.stoppablecontainer.agent.process.UserNamespace;

/** What is written before the attach into a folder that the image calls VOLUME, on the kernel. */
@Timeout(60)
class VolumeFilesIT {

  private static final String CONTAINER = "c0ffee000000";

  private final LinuxSyscalls linux = new JnrSyscalls();
  private final Node node = Node.open(linux);
  private final Occupants occupants = new Occupants(linux);
  private final ContainerAttacher attacher = new ContainerAttacher(linux, node, occupants);

  private FileSystemStore store;
  private FileSystemRemover remover;
  private FileSystemMounter mounter;
  private Scratch scratch;
  private Path volume;
  private FakeContainer container;
  private Instance instance;
  private OldRoot oldRoot;
  private MountEntry firstRoot;
  private VolumeFiles files;

  @BeforeEach
  void startContainer() throws IOException {
    scratch = new Scratch();
    Path image = scratch.folder("image/data/sub");
    Files.writeString(image.resolve("seed"), "of the image");
    Files.createSymbolicLink(image.resolve("link"), Path.of("seed"));
    Storage storage = new Storage(scratch.path() + "/prefix");
    store =
        new HostFolderStore(linux, node, new StorageSettings(List.of(storage.hostPathPrefix())));
    remover = new FileSystemRemover(linux, node, store);
    mounter = new FileSystemMounter(linux, node, store, remover, occupants);
    instance = new Instance("ns", "one", "uid-1", storage, "image:1");
    start();
  }

  /** As a runtime does: it copies what the image has there, with its times. */
  private void start() throws IOException {
    volume = scratch.folder(FakeContainer.VOLUME);
    Files.createDirectories(volume.resolve("sub"));
    Path image = scratch.path().resolve("image/data/sub/seed");
    Path seed = Files.writeString(volume.resolve("sub/seed"), "of the image");
    Files.setLastModifiedTime(seed, Files.getLastModifiedTime(image));
    Files.createSymbolicLink(volume.resolve("sub/link"), Path.of("seed"));
    container = FakeContainer.start(scratch.path());
  }

  @AfterEach
  void stopContainer() throws IOException {
    if (oldRoot != null) {
      oldRoot.close();
    }
    container.close();
    remover.remove(store.placeOf(instance));
    scratch.close();
  }

  /** The next container of the same image. */
  private void startAgain() throws IOException {
    oldRoot.close();
    container.close();
    for (Path folder : List.of(volume, scratch.path().resolve("own"))) {
      try (Stream<Path> all = Files.walk(folder)) {
        for (Path file : all.sorted((a, b) -> b.compareTo(a)).toList()) {
          if (!file.equals(folder)) {
            Files.delete(file);
          }
        }
      }
    }
    start();
  }

  private void attach() {
    try (Requester requester = Requester.hold(linux, container.pid()).orElseThrow();
        Fd image = requester.root()) {
      firstRoot = requester.mounts().root().orElseThrow();
      if (mounter.mounted(instance).map(VolumeFilesIT::closed).isEmpty()) {
        mounter.mount(
            instance,
            image,
            ImageLayers.of(requester.mounts().root().orElseThrow()),
            Optional::empty);
      }
      try (Fd rootfs = mounter.mounted(instance).orElseThrow()) {
        oldRoot =
            attacher
                .attach(requester, rootfs, UserNamespace.ofNode(node), old -> {}, true)
                .oldRoot()
                .orElseThrow();
      }
    }
    files = new VolumeFiles(linux, node, oldRoot, firstRoot, CONTAINER);
  }

  private static boolean closed(Fd fd) {
    fd.close();
    return true;
  }

  private void copy() {
    copy(VolumeFiles.Limit.AFTER_START);
  }

  private void copy(VolumeFiles.Limit limit) {
    try (Fd rootfs = mounter.mounted(instance).orElseThrow()) {
      files.copy(rootfs, limit);
    }
  }

  private void assertNotCopied(VolumeFiles.Limit limit) {
    assertThrows(VolumeFiles.NotCopiedException.class, () -> copy(limit));
  }

  private Path file(String path) {
    return container.path("/data/" + path);
  }

  private String beside(String path) throws IOException {
    return Files.readString(file(".sc-early/" + CONTAINER + "/" + path));
  }

  private void assertCopied(int own, int beside) {
    assertEquals(List.of(own, beside), List.of(files.copied(), files.beside()));
  }

  @Test
  void copiesNothingWhereNothingWasWritten() throws Exception {
    attach();
    copy();
    assertCopied(0, 0);
    assertEquals("of the image", Files.readString(file("sub/seed")));
    Path upper = scratch.path().resolve("prefix/ns/one/upper/data");
    assertFalse(Files.exists(upper.resolve("sub")), "nothing is copied up");
  }

  @Test
  void copiesWhatTheImageLacksWithAllThatBelongsToIt() throws Exception {
    Path made = Files.createDirectories(file("new/deep"));
    Files.setAttribute(made, "unix:uid", 1234);
    Path written = Files.writeString(made.resolve("file"), "early");
    Files.setPosixFilePermissions(written, PosixFilePermissions.fromString("rwxr-x--x"));
    Files.setAttribute(written, "unix:uid", 1000);
    Files.setAttribute(written, "unix:gid", 2000);
    Files.setLastModifiedTime(written, FileTime.fromMillis(1_600_000_000_000L));
    Files.createSymbolicLink(file("new/link"), Path.of("/somewhere"));
    Files.createDirectory(file("empty"));
    attach();
    assertFalse(Files.exists(file("new")), "the attach itself copies nothing");
    copy();
    assertCopied(3, 0);
    assertEquals("early", Files.readString(file("new/deep/file")));
    assertEquals(1234, Files.getAttribute(file("new/deep"), "unix:uid"));
    Path copy = file("new/deep/file");
    assertEquals("rwxr-x--x", PosixFilePermissions.toString(Files.getPosixFilePermissions(copy)));
    assertEquals(1000, Files.getAttribute(copy, "unix:uid"));
    assertEquals(2000, Files.getAttribute(copy, "unix:gid"));
    assertEquals(1_600_000_000_000L, Files.getLastModifiedTime(copy).toMillis());
    assertEquals(Path.of("/somewhere"), Files.readSymbolicLink(file("new/link")));
    assertTrue(Files.isDirectory(file("empty")));
  }

  @Test
  void leavesBothFilesWhereOneOfAnEarlierRunHasThePath() throws Exception {
    attach();
    Files.writeString(file("log"), "of the first run");
    Files.writeString(file("sub/seed"), "changed by the first run");
    Files.delete(file("sub/link"));
    startAgain();
    Files.writeString(file("log"), "early");
    Files.writeString(file("sub/new"), "early, too");
    attach();
    copy();
    assertCopied(1, 1);
    assertEquals("of the first run", Files.readString(file("log")));
    assertEquals("early", beside("log"));
    assertEquals("early, too", Files.readString(file("sub/new")));
    assertEquals("changed by the first run", Files.readString(file("sub/seed")));
    assertFalse(
        Files.exists(file("sub/link"), LinkOption.NOFOLLOW_LINKS),
        "what the first run removed of the image stays away");
  }

  @Test
  void leavesAFileOfTheImageThatAnEarlyProcessChangedBesideIt() throws Exception {
    Files.writeString(file("sub/seed"), "changed early");
    attach();
    copy();
    assertCopied(0, 1);
    assertEquals("of the image", Files.readString(file("sub/seed")));
    assertEquals("changed early", beside("sub/seed"));
  }

  @Test
  void copiesOnceAndThenWhatIsNew() throws Exception {
    Files.writeString(file("first"), "early");
    attach();
    copy();
    Files.writeString(file("first"), "changed by the program");
    Files.writeString(volume.resolve("second"), "written until the process was ended");
    copy();
    assertCopied(2, 0);
    assertEquals("changed by the program", Files.readString(file("first")));
    assertEquals("written until the process was ended", Files.readString(file("second")));
  }

  @Test
  void replacesItsOwnCopyOfAFileThatGrewMeanwhile() throws Exception {
    Files.writeString(file("log"), "half ");
    attach();
    copy();
    assertEquals("half ", Files.readString(file("log")));
    Files.writeString(volume.resolve("log"), "half and half");
    copy();
    assertCopied(1, 0);
    assertEquals("half and half", Files.readString(file("log")));
  }

  @Test
  void copiesNoMoreBytesThanOneCallMay() throws Exception {
    Files.writeString(file("one"), "12345");
    Files.writeString(file("two"), "12345");
    attach();
    assertNotCopied(new VolumeFiles.Limit(100, 9));
    assertCopied(0, 0);
    copy(new VolumeFiles.Limit(100, 10));
    assertCopied(2, 0);
  }

  @Test
  void readsNoMoreBytesThanOneCallMay() throws Exception {
    // As long as that of the image, and with another time.
    Files.writeString(file("sub/seed"), "OF THE IMAGE");
    attach();
    assertNotCopied(new VolumeFiles.Limit(100, 5));
  }

  @Test
  void saysNothingOfAnImageWithMoreFilesThanItLooksAt() {
    attach();
    copy(new VolumeFiles.Limit(2, 100));
    assertCopied(0, 0);
  }

  @Test
  void copiesTheRestBesideAPathThatIsTooLong() throws Exception {
    String nest =
        "import os\nos.chdir('%s')\nfor i in range(18):\n os.mkdir('d' * 250)\n os.chdir('d' * 250)"
            .formatted(volume);
    assertEquals(0, new ProcessBuilder("python3", "-c", nest).inheritIO().start().waitFor());
    Files.writeString(volume.resolve("small"), "early");
    attach();
    assertNotCopied(VolumeFiles.Limit.AFTER_START);
    assertEquals("early", Files.readString(file("small")));
    new ProcessBuilder("rm", "-r", volume.resolve("d".repeat(250)).toString()).start().waitFor();
  }

  @Test
  void followsNoLinkOfTheUsers() throws Exception {
    Path outside = scratch.folder("outside");
    attach();
    Files.createSymbolicLink(file("folder"), outside);
    Files.createSymbolicLink(file("file"), outside.resolve("made"));
    startAgain();
    Files.createDirectory(file("folder"));
    Files.writeString(file("folder/made"), "early");
    Files.writeString(file("file"), "early");
    Files.createSymbolicLink(file("leads-out"), outside);
    attach();
    copy();
    assertCopied(1, 2);
    assertEquals("early", beside("folder/made"));
    assertEquals("early", beside("file"));
    assertEquals(outside, Files.readSymbolicLink(file("leads-out")));
    try (Stream<Path> made = Files.list(outside)) {
      assertEquals(List.of(), made.toList());
    }
  }

  @Test
  void reportsWhereTheFolderBesideIsTaken() throws Exception {
    attach();
    Files.writeString(file("log"), "of the first run");
    Files.createSymbolicLink(file(".sc-early"), Path.of("/work"));
    startAgain();
    Files.writeString(file("log"), "early");
    attach();
    assertThrows(VolumeFiles.NotCopiedException.class, this::copy);
    assertEquals("of the first run", Files.readString(file("log")));
  }

  @Test
  void copiesNothingOfWhatIsTooMuch() throws Exception {
    try (RandomAccessFile large = new RandomAccessFile(file("large").toFile(), "rw")) {
      large.setLength(HookFiles.MOST_BYTES + 1);
    }
    Files.writeString(file("small"), "early");
    attach();
    assertThrows(VolumeFiles.NotCopiedException.class, this::copy);
    assertFalse(Files.exists(file("small")));
  }

  @Test
  void copiesLittleWhileOthersWait() throws Exception {
    for (int i = 0; i < VolumeFiles.Limit.BEFORE_START.names(); i++) {
      Files.createFile(volume.resolve("file" + i));
    }
    attach();
    assertNotCopied(VolumeFiles.Limit.BEFORE_START);
    assertCopied(0, 0);
    copy();
    assertCopied(VolumeFiles.Limit.BEFORE_START.names(), 0);
  }

  @Test
  void reportsAFolderThatTheProgramHasRemoved() throws Exception {
    attach();
    copy();
    Files.createDirectory(container.path("/elsewhere"));
    assertEquals(0, new ProcessBuilder("rm", "-r", file("").toString()).start().waitFor());
    copy();
    Files.writeString(volume.resolve("late"), "early");
    assertThrows(VolumeFiles.NotCopiedException.class, this::copy);
    Files.createSymbolicLink(container.path("/data"), Path.of("/elsewhere"));
    copy();
    assertEquals("early", Files.readString(container.path("/elsewhere/late")));
  }

  @Test
  void leavesNoHalfFileOnAFullDisk() throws Exception {
    Files.write(volume.resolve("large"), new byte[6 << 20]);
    attach();
    Files.write(scratch.path().resolve("fill"), new byte[8 << 20]);
    assertThrows(VolumeFiles.NotCopiedException.class, this::copy);
    assertFalse(Files.exists(file("large")));
    Files.delete(scratch.path().resolve("fill"));
    copy();
    assertCopied(1, 0);
    assertEquals(6 << 20, Files.size(file("large")));
  }

  /** A container that may mount can have one that looks like the runtime's. */
  @Test
  void waitsForNoFileSystemThatIsNotTheRuntimes() throws Exception {
    Files.writeString(volume.resolve("file"), "early");
    attach();
    try (FuseRoot silent = FuseRoot.silent(scratch.folder("fuse"));
        Fd root = linux.openat(Fd.CWD, "/proc/" + silent.pid() + "/root", Linux.O_PATH, 0);
        Fd first = linux.openat(oldRoot.root(), ".", Linux.O_PATH, 0);
        OldRoot forged = OldRoot.hold(linux, first, List.of(new OldRoot.Volume("/data", root)))) {
      files = new VolumeFiles(linux, node, forged, firstRoot, CONTAINER);
      assertTimeoutPreemptively(Duration.ofSeconds(10), () -> copy());
    }
    assertCopied(0, 0);
  }

  @Test
  void passesOverWhatIsNoFile() throws Exception {
    assertEquals(
        0, new ProcessBuilder("mkfifo", volume.resolve("pipe").toString()).start().waitFor());
    attach();
    copy();
    assertCopied(0, 0);
    assertFalse(Files.exists(file("pipe")));
  }
}
