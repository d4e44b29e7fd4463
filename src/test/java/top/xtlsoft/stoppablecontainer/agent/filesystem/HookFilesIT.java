package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import top.xtlsoft.stoppablecontainer.agent.FakeContainer;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.RecordingSyscalls;
import top.xtlsoft.stoppablecontainer.agent.Scratch;
import top.xtlsoft.stoppablecontainer.agent.attach.AttachedFiles;
import top.xtlsoft.stoppablecontainer.agent.attach.ContainerAttacher;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.HostFolderStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Storage;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.StorageSettings;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.agent.process.MountEntry;
import top.xtlsoft.stoppablecontainer.agent.process.Occupants;
import top.xtlsoft.stoppablecontainer.agent.process.Requester;
import top.xtlsoft.stoppablecontainer.agent.process.UserNamespace;

/** What runtime hooks write into the first root, and mount points, on the real kernel. */
@Timeout(300)
class HookFilesIT {

  private static final LinkOption NOFOLLOW = LinkOption.NOFOLLOW_LINKS;

  private final RecordingSyscalls recording = new RecordingSyscalls(new JnrSyscalls());
  private final Node node = Node.open(recording.linux());
  private final UserNamespace users = UserNamespace.ofNode(node);
  private final Occupants occupants = new Occupants(recording.linux());
  private final ContainerAttacher attacher =
      new ContainerAttacher(recording.linux(), node, occupants);

  private FileSystemStore store;
  private FileSystemRemover remover;
  private FileSystemMounter mounter;
  private MadeFiles made;
  private Scratch scratch;
  private FakeContainer container;
  private Requester requester;
  private Instance instance;

  @BeforeEach
  void startContainer() throws Exception {
    scratch = new Scratch();
    Files.writeString(scratch.folder("image/etc").resolve("ld.so.cache"), "of the image");
    Storage storage = new Storage(scratch.path() + "/prefix");
    store =
        new HostFolderStore(
            recording.linux(), node, new StorageSettings(List.of(storage.hostPathPrefix())));
    remover = new FileSystemRemover(recording.linux(), node, store);
    mounter = new FileSystemMounter(recording.linux(), node, store, remover, occupants);
    made = new MadeFiles(recording.linux(), node, store);
    instance = new Instance("ns", "one", "uid-1", storage, "image:1");
    start();
    mount();
  }

  private void start() throws IOException {
    container = FakeContainer.start(scratch.path());
    requester = Requester.hold(recording.linux(), container.pid()).orElseThrow();
  }

  private void mount() {
    try (Fd root = requester.root()) {
      mounter.mount(
          instance,
          root,
          ImageLayers.of(requester.mounts().root().orElseThrow()),
          () -> Optional.of("content"));
    }
  }

  @AfterEach
  void stopContainer() throws Exception {
    stop();
    remover.remove(store.placeOf(instance));
    scratch.close();
  }

  private void stop() throws IOException {
    requester.close();
    container.close();
  }

  /** The next container of the same image, with a first root as the runtime has just made it. */
  private void startAgain() throws IOException {
    stop();
    for (String folder : List.of("own", "own-work")) {
      try (Stream<Path> files = Files.walk(scratch.path().resolve(folder))) {
        for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
          Files.delete(file);
        }
      }
    }
    start();
  }

  private Path hook(String path, String content) throws IOException {
    Path file = container.path(path);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, content);
  }

  private void hookOfVersion(String version) throws IOException {
    hook("/opt/gpu/libcuda.so." + version, "driver " + version);
    Files.createSymbolicLink(
        container.path("/opt/gpu/libcuda.so.1"), Path.of("libcuda.so." + version));
  }

  private Path file(String path) {
    return scratch.path().resolve("prefix/ns/one/rootfs" + path);
  }

  private List<String> names(String path) throws IOException {
    try (Stream<Path> files = Files.list(file(path))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private void attach() {
    try (Fd rootfs = mounter.mounted(instance).orElseThrow()) {
      attacher
          .attach(
              requester,
              rootfs,
              users,
              new AttachedFiles() {
                @Override
                public void requireImage(MountEntry firstRoot) {
                  assertEquals("overlay", firstRoot.type());
                }

                @Override
                public void bringUp(MountEntry mount, Fd firstRoot, Set<String> places) {
                  made.bringUp(instance, mount, firstRoot, rootfs, users, places);
                }

                @Override
                public void noteMountPoints(List<String> paths) {
                  made.note(instance, paths);
                }
              },
              true)
          .close();
    }
  }

  /** As an attach does, without a container's mounts. */
  private void bringUp(MountEntry mount, Set<String> places) {
    try (Fd rootfs = mounter.mounted(instance).orElseThrow();
        Fd firstRoot = requester.root()) {
      made.bringUp(instance, mount, firstRoot, rootfs, users, places);
    }
  }

  private void bringUp() {
    bringUp(requester.mounts().root().orElseThrow(), places());
  }

  private Set<String> places(String... more) {
    Set<String> places = new HashSet<>(Set.of(more));
    requester.mounts().entries().forEach(mount -> places.add(mount.mountPoint()));
    places.addAll(List.of("/work/inner", "/old", "/bin", "/lib", "/lib64", "/sbin"));
    return places;
  }

  @Test
  void bringsWhatHookWroteAndTakesItAwayWhenItIsOutdated() throws Exception {
    hookOfVersion("550");
    Files.createDirectory(container.path("/opt/gpu/empty"));
    Files.setPosixFilePermissions(
        container.path("/opt/gpu/libcuda.so.550"), PosixFilePermissions.fromString("r-xr-x--x"));
    Files.setAttribute(container.path("/opt/gpu/libcuda.so.550"), "unix:uid", 7);
    FileTime time = FileTime.fromMillis(1_000_000_000_123L);
    Files.setLastModifiedTime(container.path("/opt/gpu/libcuda.so.550"), time);
    attach();
    assertEquals("driver 550", Files.readString(container.path("/opt/gpu/libcuda.so.1")));
    Path file = file("/opt/gpu/libcuda.so.550");
    assertEquals("r-xr-x--x", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    assertEquals(7, Files.getAttribute(file, "unix:uid"));
    assertEquals(time, Files.getLastModifiedTime(file));
    assertEquals(List.of("empty", "libcuda.so.1", "libcuda.so.550"), names("/opt/gpu"));

    startAgain();
    hookOfVersion("560");
    attach();
    assertEquals(List.of("libcuda.so.1", "libcuda.so.560"), names("/opt/gpu"));
    assertEquals("driver 560", Files.readString(container.path("/opt/gpu/libcuda.so.1")));

    startAgain();
    attach();
    assertFalse(Files.exists(file("/opt")));
  }

  @Test
  void followsHookThatTurnsFolderIntoLinkAndBack() throws Exception {
    hook("/opt/gpu/lib", "550");
    attach();
    startAgain();
    hook("/opt/gpu-560/lib", "560");
    Files.createSymbolicLink(container.path("/opt/gpu"), Path.of("gpu-560"));
    attach();
    assertEquals(List.of("gpu", "gpu-560"), names("/opt"));
    assertEquals("560", Files.readString(file("/opt/gpu/lib")));
    startAgain();
    hook("/opt/gpu/lib", "570");
    attach();
    assertEquals(List.of("gpu"), names("/opt"));
    assertEquals("570", Files.readString(file("/opt/gpu/lib")));
    Files.writeString(container.path("/opt/gpu/mine"), "user's");
    startAgain();
    hook("/opt/gpu-560/lib", "560");
    Files.createSymbolicLink(container.path("/opt/gpu"), Path.of("gpu-560"));
    attach();
    assertEquals(List.of("mine"), names("/opt/gpu"));
    assertEquals(List.of("gpu", "gpu-560"), names("/opt"));
  }

  @Test
  void changesNothingWhereHookWroteTheSameAgain() throws Exception {
    hookOfVersion("550");
    attach();
    Object inode = Files.getAttribute(file("/opt/gpu/libcuda.so.550"), "unix:ino");
    Object ctime = Files.getAttribute(file("/opt/gpu/libcuda.so.550"), "unix:ctime");
    startAgain();
    hookOfVersion("550");
    attach();
    assertEquals(inode, Files.getAttribute(file("/opt/gpu/libcuda.so.550"), "unix:ino"));
    assertEquals(ctime, Files.getAttribute(file("/opt/gpu/libcuda.so.550"), "unix:ctime"));
  }

  @Test
  void neitherReplacesNorRemovesWhatTheUserWrote() throws Exception {
    hook("/opt/gpu/edited", "hook's");
    hook("/opt/gpu/touched", "hook's");
    hook("/opt/gpu/removed", "hook's");
    Files.createDirectories(file("/srv"));
    Files.writeString(file("/srv/own"), "user's");
    hook("/srv/own", "hook's");
    attach();
    assertEquals("user's", Files.readString(file("/srv/own")));
    Files.writeString(container.path("/opt/gpu/edited"), "user's");
    FileTime time = Files.getLastModifiedTime(file("/opt/gpu/touched"));
    Files.setPosixFilePermissions(
        container.path("/opt/gpu/touched"), PosixFilePermissions.fromString("rwx------"));
    Files.setLastModifiedTime(container.path("/opt/gpu/touched"), time);
    Files.delete(container.path("/opt/gpu/removed"));
    Files.writeString(container.path("/opt/gpu/mine"), "user's");

    startAgain();
    hook("/opt/gpu/edited", "newer");
    hook("/opt/gpu/touched", "newer");
    hook("/opt/gpu/removed", "newer");
    attach();
    assertEquals("user's", Files.readString(file("/opt/gpu/edited")));
    assertEquals("hook's", Files.readString(file("/opt/gpu/touched")));
    assertEquals("newer", Files.readString(file("/opt/gpu/removed")));

    startAgain();
    attach();
    assertEquals(List.of("edited", "mine", "touched"), names("/opt/gpu"));
    assertEquals("user's", Files.readString(file("/srv/own")));
  }

  @Test
  void replacesTheImagesFileAndRestoresIt() throws Exception {
    hook("/etc/ld.so.cache", "of the hook");
    attach();
    assertEquals("of the hook", Files.readString(file("/etc/ld.so.cache")));
    startAgain();
    hook("/etc/ld.so.cache", "of another");
    attach();
    assertEquals("of another", Files.readString(file("/etc/ld.so.cache")));
    startAgain();
    attach();
    assertEquals("of the image", Files.readString(file("/etc/ld.so.cache")));

    Files.delete(container.path("/etc/ld.so.cache"));
    startAgain();
    attach();
    assertFalse(Files.exists(file("/etc/ld.so.cache")), "the user removed it");
  }

  @Test
  void keepsTheUsersVersionOfTheImagesFile() throws Exception {
    Files.writeString(file("/etc/ld.so.cache"), "of the user");
    hook("/etc/ld.so.cache", "of the hook");
    attach();
    assertEquals("of the user", Files.readString(file("/etc/ld.so.cache")));
  }

  @Test
  void leavesNoFileOutsideThroughLinksInTheFileSystem() throws Exception {
    Path outside = scratch.folder("outside");
    Files.createSymbolicLink(file("/opt"), outside);
    Files.createSymbolicLink(file("/srv"), Path.of("/proc/1/root"));
    hook("/opt/gpu/file", "hook's");
    hook("/srv/file", "hook's");
    Files.createDirectories(file("/var/lib"));
    Files.createSymbolicLink(file("/var/lib/link"), outside.resolve("new"));
    hook("/var/lib/link", "hook's");
    attach();
    try (Stream<Path> files = Files.list(outside)) {
      assertEquals(0, files.count());
    }
    assertTrue(Files.isSymbolicLink(file("/opt")));
    assertTrue(Files.isSymbolicLink(file("/srv")));
    assertTrue(Files.isSymbolicLink(file("/var/lib/link")));
  }

  @Test
  void removesNothingOutsideThroughFoldersThatBecameLinks() throws Exception {
    hook("/opt/gpu/file", "hook's");
    attach();
    Path outside = scratch.folder("outside/gpu");
    Files.writeString(outside.resolve("file"), "hook's");
    Files.move(container.path("/opt/gpu"), container.path("/opt/moved"));
    Files.createSymbolicLink(container.path("/opt/gpu"), outside);
    startAgain();
    attach();
    assertTrue(Files.exists(outside.resolve("file")));
    assertTrue(Files.exists(file("/opt/moved/file")));
    assertTrue(Files.isSymbolicLink(file("/opt/gpu")));
  }

  @Test
  void takesFilesOfOddNamesAndNoDevicesAndPipes() throws Exception {
    for (String name : List.of(" ", "-rf", "a\nb", "ü", "x".repeat(255), "\\", "..."))
      hook("/opt/" + name, "hook's");
    new ProcessBuilder(
            "sh", "-c", "mkfifo fifo; mknod null c 1 3; printf x > \"$(printf 'not\\377utf')\"")
        .directory(container.path("/opt").toFile())
        .inheritIO()
        .start()
        .waitFor();
    Files.createSymbolicLink(container.path("/opt/out"), Path.of("/proc/self/root/etc"));
    attach();
    List<String> names = names("/opt");
    assertEquals(9, names.size(), names.toString());
    assertFalse(names.contains("fifo"));
    assertFalse(names.contains("null"));
    assertTrue(Files.isSymbolicLink(file("/opt/out")));
    startAgain();
    attach();
    assertFalse(Files.exists(file("/opt"), NOFOLLOW));
  }

  @Test
  void takesNoContentFromTheFolderThatTheMountNames() throws Exception {
    Path foreign = Files.createDirectories(scratch.folder("other").resolve("etc"));
    Files.writeString(foreign.resolve("secret"), "secret");
    Files.writeString(foreign.resolve("both"), "secret");
    hook("/etc/both", "own");
    MountEntry root = requester.mounts().root().orElseThrow();
    bringUp(withUpper(root, foreign.getParent().toString()), places());
    assertFalse(Files.exists(file("/etc/secret")));
    assertEquals("own", Files.readString(file("/etc/both")));
  }

  @Test
  void listsNoFolderOutsideOfTheRuntimes() throws Exception {
    hook("/etc/passwd", "own");
    MountEntry root = requester.mounts().root().orElseThrow();
    for (String upper :
        List.of("/", "/etc", "", scratch.path() + "/..", "/proc/1/root", "relative")) {
      recording.failAt(-1);
      bringUp(withUpper(root, upper), places());
      assertFalse(recording.calls().contains("list"), upper);
      assertFalse(Files.exists(file("/etc/passwd")), upper);
    }
  }

  private static MountEntry withUpper(MountEntry root, String upper) {
    List<String> options = new ArrayList<>(root.superOptions());
    options.replaceAll(option -> option.startsWith("upperdir=") ? "upperdir=" + upper : option);
    return new MountEntry(
        root.id(),
        root.parent(),
        root.device(),
        root.root(),
        root.mountPoint(),
        root.options(),
        root.shared(),
        root.type(),
        options);
  }

  @Test
  void bringsNothingWhereThereIsTooMuchAndKeepsWhatThereWas() throws Exception {
    hookOfVersion("550");
    attach();
    startAgain();
    for (int i = 0; i <= TreeListing.MOST_PATHS; i++) {
      hook("/opt/many/" + i, "");
    }
    attach();
    assertEquals(List.of("gpu"), names("/opt"));
    assertEquals(2, names("/opt/gpu").size());

    startAgain();
    hook("/opt" + "/d".repeat(100) + "/file", "deep");
    attach();
    assertEquals(List.of("gpu"), names("/opt"));

    startAgain();
    Path large = hook("/opt/large", "");
    try (RandomAccessFile file = new RandomAccessFile(large.toFile(), "rw")) {
      file.setLength(HookFiles.MOST_BYTES + 1);
    }
    attach();
    assertEquals(List.of("gpu"), names("/opt"));
  }

  @Test
  void startsOnFullDiskWithWhatThereWas() throws Exception {
    hook("/opt/gpu/file", "old");
    hook("/etc/ld.so.cache", "old");
    attach();
    startAgain();
    hook("/opt/gpu/file", "new");
    hook("/etc/ld.so.cache", "new");
    byte[] block = new byte[1 << 20];
    hook("/opt/gpu/large", "");
    try (RandomAccessFile large =
        new RandomAccessFile(container.path("/opt/gpu/large").toFile(), "rw")) {
      large.setLength(12 << 20);
    }
    try (RandomAccessFile filler =
        new RandomAccessFile(scratch.path().resolve("filler").toFile(), "rw")) {
      for (int i = 0; i < 8; i++) {
        filler.write(block);
      }
    }
    attach();
    assertFalse(Files.exists(file("/opt/gpu/large")));
    assertTrue(names("/opt/gpu").stream().noneMatch(name -> name.startsWith(".sc-hook")));
    startAgain();
    attach();
    assertEquals("of the image", Files.readString(file("/etc/ld.so.cache")));
    assertFalse(Files.exists(file("/opt")));
  }

  @Test
  void goesOnAfterAnyCallThatFails() throws Exception {
    hookOfVersion("550");
    hook("/etc/ld.so.cache", "550");
    bringUp();
    startAgain();
    hookOfVersion("560");
    hook("/etc/ld.so.cache", "560");
    Files.createDirectory(container.path("/opt/gpu/empty"));
    int failures = 0;
    while (true) {
      recording.failAt(failures++);
      assertTrue(failures < 2_000, "it never ends");
      try {
        bringUp();
        break;
      } catch (SyscallException e) {
        assertTrue(e.getMessage().contains("injected"), e.getMessage());
      }
    }
    recording.failAt(-1);
    assertTrue(failures > 30, "calls that failed: " + failures);
    assertEquals(List.of("empty", "libcuda.so.1", "libcuda.so.560"), names("/opt/gpu"));
    assertEquals("driver 560", Files.readString(file("/opt/gpu/libcuda.so.1")));
    assertEquals("560", Files.readString(file("/etc/ld.so.cache")));
    startAgain();
    bringUp();
    assertFalse(Files.exists(file("/opt")));
    assertEquals("of the image", Files.readString(file("/etc/ld.so.cache")));
  }

  @Test
  void removesMountPointsOfVolumesThatAreNoMore() throws Exception {
    for (String folder : List.of("/data/volume", "/data/used", "/srv/kept")) {
      Files.createDirectories(file(folder));
    }
    Files.writeString(file("/data/file.535"), "");
    Files.writeString(file("/data/written"), "content");
    Files.writeString(file("/srv/kept/file"), "user's");
    made.note(
        instance,
        List.of("/data", "/data/volume", "/data/used", "/data/file.535", "/data/written", "/srv"));
    made.note(instance, List.of("/srv/kept", "/never/made", "/data/by/link"));
    Files.createSymbolicLink(file("/data/by"), scratch.folder("outside"));
    Files.createDirectory(scratch.path().resolve("outside/link"));
    bringUp(requester.mounts().root().orElseThrow(), places("/data/used"));
    assertEquals(List.of("by", "used", "written"), names("/data"));
    assertEquals(List.of("file"), names("/srv/kept"));
    assertTrue(Files.exists(scratch.path().resolve("outside/link")));

    Files.delete(file("/srv/kept/file"));
    Files.setPosixFilePermissions(file("/data/used"), PosixFilePermissions.fromString("rwx------"));
    bringUp();
    assertTrue(Files.exists(file("/srv/kept")), "it has become the user's");
    assertTrue(Files.exists(file("/data/used")), "it has become the user's");
  }

  @Test
  void recordsTheMountPointsThatAnAttachMade() throws Exception {
    attach();
    Path record = scratch.path().resolve("prefix/ns/one/made.json");
    String text = Files.readString(record);
    assertTrue(text.contains("\"/vol\""), text);
    assertTrue(text.contains("\"/hosts\""), text);
    assertTrue(text.contains("\"/.sc-request\""), text);
    startAgain();
    attach();
    assertEquals(text, Files.readString(record));
  }

  @Test
  void takesDamagedRecordForNone() throws Exception {
    hookOfVersion("550");
    attach();
    Files.writeString(scratch.path().resolve("prefix/ns/one/made.json"), "{\"hookFiles\": [{");
    startAgain();
    attach();
    assertEquals(2, names("/opt/gpu").size(), "it is not known whose that is");
    assertThrows(IOException.class, () -> Files.delete(file("/opt/gpu")));
  }

  @Test
  void looksOnlyWhereHooksWroteNothing() {
    MountEntry root = requester.mounts().root().orElseThrow();
    Set<String> places = places();
    recording.failAt(-1);
    bringUp(root, places);
    assertTrue(
        Set.of("fileSystemMagic", "openat2", "openat", "list", "stat", "statAt", "look", "read")
            .containsAll(recording.calls()),
        recording.calls().toString());
    assertTrue(recording.calls().size() < 60, "calls: " + recording.calls().size());
  }
}
