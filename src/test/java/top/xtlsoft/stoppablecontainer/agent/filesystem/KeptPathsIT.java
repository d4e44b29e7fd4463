package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_PATH;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import top.xtlsoft.stoppablecontainer.agent.FakeContainer;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.OpenDescriptors;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.Scratch;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FolderRecord;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.HostFolderStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Storage;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.StorageSettings;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.FileStatus;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Names;
import top.xtlsoft.stoppablecontainer.agent.process.Occupants;
import top.xtlsoft.stoppablecontainer.agent.process.Requester;
import top.xtlsoft.stoppablecontainer.api.AgentReason;

/** What a restore keeps, on the real kernel. */
@Timeout(300)
class KeptPathsIT {

  /** cap_net_bind_service, effective: struct vfs_cap_data of the kernel. */
  private static final String CAPABILITY = "0100000200040000" + "0".repeat(24);

  /** user::rw-, user:1000:rwx, group::r--, mask::rwx, other::r--: struct posix_acl_xattr_header. */
  private static final String ACL =
      "02000000"
          + "01000600ffffffff"
          + "02000700e8030000"
          + "04000400ffffffff"
          + "10000700ffffffff"
          + "20000400ffffffff";

  private static final int LEVELS = 10;
  private static final int NAMES = 9_990;

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
    scratch.folder("image");
    container = FakeContainer.start(scratch.path());
    requester = Requester.hold(linux, container.pid()).orElseThrow();
    instance = new Instance("ns", "one", "uid-1", storage(), "image:1");
  }

  @AfterEach
  void stop() throws Exception {
    requester.close();
    container.close();
    remover.remove(store.placeOf(instance));
    scratch.close();
  }

  private Storage storage() {
    return new Storage(scratch.path() + "/prefix");
  }

  private Path folder(String name) {
    return scratch.path().resolve("prefix/ns/one").resolve(name);
  }

  private Path root(String name) {
    return folder("rootfs").resolve(name);
  }

  /** A folder of the image "first" or "second". */
  private Path image(String image, String path) throws IOException {
    return Files.createDirectories(scratch.path().resolve(image).resolve(path));
  }

  private void mountOn(Instance instance, String image) throws IOException {
    Path layer = image(image, "");
    try (Fd root = linux.openat(Fd.CWD, layer.toString(), 0, 0)) {
      mounter.mount(
          instance, root, new ImageLayers(List.of(layer.toString())), () -> Optional.of(image));
    }
  }

  private FolderRecord take(String uid) {
    return snapshots.take(instance, "snap", uid, () -> {});
  }

  private FolderRecord record() {
    return store.record(store.placeOf(instance)).orElseThrow();
  }

  /** The instance once the operator has ordered a restore to the image "second". */
  private Instance toSecond(String before, String... kept) {
    return new Instance(
        "ns",
        "one",
        "uid-1",
        storage(),
        "image:2",
        null,
        new Instance.Source(
            null,
            null,
            new Instance.Restore("r-1", "snap", before, List.of(kept)),
            List.of(),
            true));
  }

  /** The same for a restore of a snapshot. */
  private Instance toSnapshot(String snapshot, String before, String... kept) {
    return new Instance(
        "ns",
        "one",
        "uid-1",
        storage(),
        "image:1",
        null,
        new Instance.Source(
            "snap", snapshot, new Instance.Restore("r-2", "snap", before, List.of(kept))));
  }

  private static List<String> list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private List<String> layers() throws IOException {
    return list(scratch.path().resolve("prefix/.layers/ns"));
  }

  @Test
  void keepsFoldersOverAChangeOfTheImage() throws Exception {
    Files.writeString(image("first", "home/user").resolve(".profile"), "of the first image");
    Files.writeString(image("first", "home/user").resolve("gone"), "of the first image");
    Files.writeString(image("second", "home/other").resolve("file"), "of the second image");
    Files.writeString(image("second", "srv").resolve("file"), "of the second image");
    mountOn(instance, "first");
    Files.writeString(root("home/user/early"), "early");
    take("s-1");
    Files.writeString(root("home/user/late"), "late");
    Files.delete(root("home/user/gone"));
    Files.createDirectories(root("srv/data/inner"));
    Files.writeString(root("srv/data/inner/file"), "data");
    Files.writeString(root("other"), "not kept");
    take("before");

    Instance other = toSecond("before", "/home", "/srv/data");
    mountOn(other, "second");
    assertEquals(List.of("home", "srv"), list(folder("rootfs")));
    assertEquals(List.of("user"), list(root("home")), "in place of what the image has");
    assertEquals(List.of(".profile", "early", "late"), list(root("home/user")));
    assertEquals("of the first image", Files.readString(root("home/user/.profile")));
    assertEquals("early", Files.readString(root("home/user/early")));
    assertEquals(List.of("data", "file"), list(root("srv")));
    assertEquals("data", Files.readString(root("srv/data/inner/file")));
    assertEquals("of the second image", Files.readString(root("srv/file")));
    assertTrue(mounter.isDone(other));

    Files.writeString(root("home/user/early"), "changed");
    take("before-2");
    Instance back =
        new Instance(
            "ns",
            "one",
            "uid-1",
            storage(),
            "image:1",
            null,
            new Instance.Source(
                "snap",
                "before",
                new Instance.Restore("r-2", "snap", "before-2"),
                List.of(),
                true));
    mountOn(back, "first");
    assertEquals("early", Files.readString(root("home/user/early")), "a layer is never written");
    assertEquals("not kept", Files.readString(root("other")));
  }

  /** All that lies there, with all facts but inode numbers and the number of links. */
  private TreeMap<String, String> facts(Path top) throws Exception {
    TreeMap<String, String> facts = new TreeMap<>();
    try (Stream<Path> files = Files.walk(top)) {
      for (Path file : files.toList()) {
        facts.put(top.relativize(file).toString(), factsOf(file));
      }
    }
    return facts;
  }

  private static String nameOf(Path file) {
    return Names.fromText(file.toString());
  }

  private String factsOf(Path file) throws Exception {
    FileStatus status;
    try (Fd folder = linux.openat(Fd.CWD, nameOf(file.getParent()), O_PATH, 0)) {
      status = linux.statAt(folder, Names.fromText(file.getFileName().toString()));
    }
    StringBuilder facts = new StringBuilder();
    facts.append(
        List.of(
            Integer.toOctalString(status.mode()),
            status.uid(),
            status.gid(),
            status.rdev(),
            status.mtimeSeconds(),
            status.mtimeNanos()));
    if (status.isSymlink()) {
      return facts.append(Files.readSymbolicLink(file)).toString();
    }
    if (status.isRegularFile() || status.isDirectory()) {
      try (Fd open = linux.openat(Fd.CWD, nameOf(file), 0, 0)) {
        linux.listXattrs(open).stream()
            .sorted()
            .forEach(
                name ->
                    facts
                        .append(name)
                        .append(HexFormat.of().formatHex(linux.getXattr(open, name))));
      }
    }
    return status.isRegularFile()
        ? facts.append(status.sizeBytes()).append(digest(file)).toString()
        : facts.toString();
  }

  private static String digest(Path file) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
      in.transferTo(OutputStream.nullOutputStream());
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static void run(String... command) throws Exception {
    assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor());
  }

  private void setXattr(Path file, String name, String hex) {
    try (Fd open = linux.openat(Fd.CWD, nameOf(file), 0, 0)) {
      linux.setXattr(open, name, HexFormat.of().parseHex(hex));
    }
  }

  /** What a container can make. */
  private void makeAll(Path top) throws Exception {
    Files.createDirectories(top.resolve("folder/inner"));
    Path file = Files.writeString(top.resolve("file"), "content");
    Files.createLink(top.resolve("folder/link"), file);
    Files.createSymbolicLink(top.resolve("symlink"), Path.of("/etc/../nowhere"));
    run("chown", "-h", "7:8", top.resolve("symlink").toString());
    run("mkfifo", top.resolve("fifo").toString());
    run("mknod", top.resolve("null").toString(), "c", "1", "3");
    Path program = Files.writeString(top.resolve("program"), "program");
    Files.setAttribute(program, "unix:uid", 1234);
    Files.setAttribute(program, "unix:gid", 2345);
    Files.setAttribute(program, "unix:mode", 06751);
    setXattr(program, "security.capability", CAPABILITY);
    setXattr(program, "user.mark", "010203");
    setXattr(program, "trusted.mark", "040506");
    setXattr(program, "system.posix_acl_access", ACL);
    Path folder = top.resolve("folder");
    setXattr(folder, "user.mark", "010203");
    setXattr(folder, "system.posix_acl_access", ACL);
    setXattr(folder, "system.posix_acl_default", ACL);
    Files.setAttribute(folder, "unix:uid", 77);
    Files.setAttribute(folder, "unix:gid", 78);
    Files.setAttribute(folder, "unix:mode", 03770);
    try (FileChannel sparse =
        FileChannel.open(
            top.resolve("sparse"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      sparse.position(64L << 20).write(ByteBuffer.wrap(new byte[] {1}));
    }
    Files.writeString(top.resolve("\u00e4\n name"), "");
    // Java opens a file for that, and a FIFO would wait for its other end.
    try (Stream<Path> files = Files.walk(top)) {
      for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
        run("touch", "-h", "-d", "@1234567890.123456789", each.toString());
      }
    }
  }

  private long allocated(Path file) {
    try (Fd open = linux.openat(Fd.CWD, nameOf(file), 0, 0)) {
      return linux.stat(open).allocatedBytes();
    }
  }

  @Test
  void keepsAllThatAContainerCanMake() throws Exception {
    makeAll(image("first", "kept/of-image"));
    Files.writeString(image("first", "kept/replaced").resolve("file"), "of the image");
    Files.writeString(image("first", "kept/deep").resolve("gone"), "of the image");
    Files.writeString(image("second", "kept/replaced").resolve("new"), "of the second image");
    mountOn(instance, "first");
    makeAll(root("kept/of-container"));
    take("s-1");
    makeAll(root("kept/of-layer"));
    run("rm", "-r", root("kept/replaced").toString());
    Files.createDirectories(root("kept/replaced"));
    Files.delete(root("kept/deep/gone"));
    setXattr(root("kept"), "trusted.mark", "07");
    TreeMap<String, String> before = facts(root("kept"));
    take("before");
    long inode = inode(root("kept/of-container/file"));

    mountOn(toSecond("before", "/kept"), "second");
    assertEquals(before, facts(root("kept")));
    assertTrue(allocated(root("kept/of-layer/sparse")) <= 64 << 10);
    assertTrue(allocated(root("kept/of-image/sparse")) <= 64 << 10);
    assertEquals(
        inode(layer("s-1", "kept/of-container/file")),
        inode(layer(record().stack().getFirst(), "kept/of-container/file")),
        "it takes no room");
    assertEquals(inode, inode(root("kept/of-container/file")));
    assertEquals(inode, inode(root("kept/of-container/folder/link")), "hard links stay");
    Files.writeString(root("kept/of-container/file"), "changed");
    assertEquals("content", Files.readString(layer("s-1", "kept/of-container/file")));
  }

  private long inode(Path file) throws IOException {
    return (long) Files.getAttribute(file, "unix:ino");
  }

  private Path layer(String id, String file) {
    return scratch.path().resolve("prefix/.layers/ns/" + id + "/upper").resolve(file);
  }

  @Test
  void keepsWhateverIsThereOrNothing() throws Exception {
    for (String image : List.of("first", "second")) {
      Files.writeString(image(image, "etc").resolve("file"), image);
      Files.writeString(image(image, "etc/folder").resolve("file"), image);
      Files.writeString(image(image, "etc").resolve("gone"), image);
      Files.writeString(image(image, "etc/gone-folder").resolve("file"), image);
      Files.writeString(image(image, "etc").resolve("other"), image);
    }
    mountOn(instance, "first");
    Files.delete(root("etc/gone"));
    run("rm", "-r", root("etc/gone-folder").toString(), root("etc/folder").toString());
    Files.createSymbolicLink(root("etc/folder"), Path.of("/"));
    take("before");
    Instance other =
        toSecond(
            "before",
            "/etc/file",
            "/etc/folder",
            "/etc/gone",
            "/etc/gone-folder",
            "/none/none",
            "/etc/" + "n".repeat(300),
            "/" + "n".repeat(300) + "/none",
            "/etc/none");
    mountOn(other, "second");
    assertEquals(List.of("file", "folder", "other"), list(root("etc")));
    assertEquals("first", Files.readString(root("etc/file")));
    assertEquals(Path.of("/"), Files.readSymbolicLink(root("etc/folder")));
    assertEquals("second", Files.readString(root("etc/other")));
    assertEquals(List.of("etc"), list(folder("rootfs")));
  }

  @Test
  void leavesTheFoldersAboveAsTheRestoreGivesThem() throws Exception {
    Files.setPosixFilePermissions(
        image("first", "srv"), PosixFilePermissions.fromString("rwx------"));
    Path srv = image("second", "srv");
    Files.setAttribute(srv, "unix:uid", 33);
    setXattr(srv, "system.posix_acl_default", ACL);
    setXattr(srv, "user.mark", "01");
    Files.setLastModifiedTime(srv, FileTime.fromMillis(1_234_567_890_123L));
    Files.setPosixFilePermissions(
        image("second", ""), PosixFilePermissions.fromString("rwxr-x--x"));
    mountOn(instance, "first");
    Files.createDirectories(root("srv/data/inner"));
    Files.createDirectories(root("opt/own/\u00e4/\u00f6"));
    Files.setAttribute(root("opt/own"), "unix:uid", 44);
    Files.setLastModifiedTime(root("opt/own"), FileTime.fromMillis(2_345_678_901_234L));
    TreeMap<String, String> before = facts(root("srv/data"));
    String own = factsOf(root("opt/own"));
    take("before");
    String given = factsOf(srv);
    mountOn(toSecond("before", "/srv/data", "/opt/own/\u00e4/\u00f6"), "second");
    assertEquals(List.of("\u00f6"), list(root("opt/own/\u00e4")));
    assertEquals(given, factsOf(root("srv")));
    assertEquals(before, facts(root("srv/data")), "nothing is inherited");
    assertEquals(own, factsOf(root("opt/own")), "which the image has not");
    assertEquals(
        "rwxr-x--x",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(folder("rootfs"))));
  }

  /** Nothing is changed by a restore that is refused. */
  private RefusedException assertRefused(String... kept) throws Exception {
    List<String> layers = layers();
    FolderRecord record = record();
    TreeMap<String, String> before = facts(folder("rootfs"));
    RefusedException refusal =
        assertThrows(RefusedException.class, () -> mountOn(toSecond("before", kept), "second"));
    assertEquals(layers, layers());
    assertEquals(record, record());
    mountOn(instance, "first");
    assertEquals(before, facts(folder("rootfs")));
    return refusal;
  }

  @Test
  void followsNoLinkOnTheWay() throws Exception {
    Path outside = Files.writeString(scratch.folder("outside").resolve("file"), "of the node");
    Files.createSymbolicLink(image("second", "").resolve("usr-link"), Path.of("usr"));
    mountOn(instance, "first");
    Files.createSymbolicLink(root("out"), outside.getParent());
    Files.createSymbolicLink(root("up"), Path.of("../../../../../../../.."));
    Files.createDirectories(root("usr-link/inner"));
    Files.writeString(root("file"), "");
    take("before");
    for (String path : List.of("/out/file", "/up/etc", "/usr-link/inner", "/file/inner")) {
      assertEquals(AgentReason.PATH_NOT_KEPT, assertRefused("/none", path).reason(), path);
    }
    Instance other = toSecond("before", "/out", "/up", "/usr-link");
    mountOn(other, "second");
    assertEquals(outside.getParent(), Files.readSymbolicLink(root("out")), "the link itself");
    assertTrue(Files.isDirectory(root("usr-link/inner"), LinkOption.NOFOLLOW_LINKS));
  }

  @Test
  void refusesATreeThatIsTooDeep() throws Exception {
    mountOn(instance, "first");
    Path deep = Files.createDirectories(root("kept" + "/d".repeat(TreeWalker.MOST_DEPTH - 1)));
    take("before");
    mountOn(toSecond("before", "/kept"), "second");
    assertTrue(Files.isDirectory(deep));
    instance = toSecond("before", "/kept");
    take("s-2");
    Files.createDirectories(deep.resolve("d"));
    take("before-2");
    Instance again =
        new Instance(
            "ns",
            "one",
            "uid-1",
            storage(),
            "image:2",
            null,
            new Instance.Source(
                "snap", "s-2", new Instance.Restore("r-3", "snap", "before-2", List.of("/kept"))));
    RefusedException refusal =
        assertThrows(RefusedException.class, () -> mounter.restore(again, () -> {}));
    assertEquals(AgentReason.PATH_NOT_KEPT, refusal.reason());
    assertTrue(Files.isDirectory(deep.resolve("d")), "it is mounted as it was");
  }

  /** A disk of its own for all file systems of a test. */
  private final class Disk implements AutoCloseable {

    private final String prefix;

    Disk(String options) throws IOException {
      prefix = scratch.folder("prefix").toString();
      linux.mount("disk", prefix, "tmpfs", 0, options + ",mode=755");
    }

    @Override
    public void close() {
      remover.remove(store.placeOf(instance));
      linux.umount(prefix, Linux.MNT_DETACH);
    }
  }

  @Test
  void keepsWideTreesInTheHeapOfTheAgent() throws Exception {
    assertTrue(
        Runtime.getRuntime().maxMemory() <= 64L << 20, "these tests run with the agent's heap");
    try (Disk _ = new Disk("size=900m,nr_inodes=260k")) {
      mountOn(instance, "first");
      linux.umount(folder("rootfs").toString(), 0);
      Path level = folder("upper/kept");
      for (int i = 0; i < LEVELS; i++) {
        Path first = Files.createFile(Files.createDirectories(level).resolve("x".repeat(255)));
        for (int j = 1; j < NAMES; j++) {
          Files.createLink(level.resolve("x".repeat(240) + j), first);
        }
        level = level.resolve("folder".repeat(15));
      }
      take("before");
      mountOn(toSecond("before", "/kept"), "second");
      Path kept = root("kept");
      for (int i = 0; i < LEVELS; i++) {
        assertEquals(i + 1 < LEVELS ? NAMES + 1 : NAMES, kept.toFile().list().length);
        kept = kept.resolve("folder".repeat(15));
      }
    }
  }

  @Test
  void refusesWhereTheImageOfBeforeIsGone() throws Exception {
    Files.writeString(image("first", "kept").resolve("file"), "of the image");
    mountOn(instance, "first");
    take("before");
    linux.umount(folder("rootfs").toString(), 0);
    Files.move(scratch.path().resolve("first"), scratch.path().resolve("away"));
    RefusedException refusal =
        assertThrows(RefusedException.class, () -> mountOn(toSecond("before", "/kept"), "second"));
    assertEquals(AgentReason.IMAGE_LAYERS_CHANGED, refusal.reason());
    assertEquals(List.of("before"), record().stack());
    mountOn(toSecond("before"), "second");
  }

  @Test
  void refusesWhereTheDiskHasNoRoom() throws Exception {
    try (Disk _ = new Disk("size=32m")) {
      Files.write(image("first", "kept").resolve("file"), new byte[10 << 20]);
      mountOn(instance, "first");
      Files.write(root("other"), new byte[20 << 20]);
      take("before");
      assertEquals(AgentReason.NOT_ENOUGH_SPACE, assertRefused("/kept").reason());
      assertEquals(AgentReason.NOT_ENOUGH_SPACE, assertRefused("/kept").reason());
    }
  }

  @Test
  void keepsPathsOverTheRestoreOfASnapshot() throws Exception {
    Files.writeString(image("first", "etc").resolve("file"), "of the image");
    mountOn(instance, "first");
    Files.createDirectories(root("srv/data"));
    Files.writeString(root("srv/data/file"), "old");
    Files.writeString(root("srv/file"), "old");
    take("s-1");
    Files.writeString(root("srv/data/file"), "new");
    Files.writeString(root("srv/file"), "new");
    Files.delete(root("etc/file"));
    take("before");
    mounter.restore(toSnapshot("s-1", "before", "/srv/data", "/etc/file"), () -> {});
    assertEquals("new", Files.readString(root("srv/data/file")));
    assertEquals("old", Files.readString(root("srv/file")));
    assertFalse(Files.exists(root("etc/file")));
  }

  @Test
  void hidesWhatIsDeletedOnceTheLayersAreMerged() throws Exception {
    Files.writeString(image("second", "srv").resolve("file"), "of the image");
    Files.writeString(image("second", "srv/data").resolve("file"), "of the image");
    mountOn(instance, "first");
    Files.createDirectories(root("srv/data"));
    Files.writeString(root("srv/data/mine"), "mine");
    take("before");
    instance = toSecond("before", "/srv/data");
    mountOn(instance, "second");
    Files.delete(root("srv/file"));
    Files.delete(root("srv/data/mine"));
    Files.writeString(root("srv/data/next"), "next");
    take("s-2");
    snapshots.remove(store.placeOf(instance), "snap", "s-2");
    StackFlattener flattener =
        new StackFlattener(linux, store, remover, mounter, collector, 2, System::nanoTime);
    assertTrue(flattener.flatten(instance, () -> {}));
    assertEquals(1, record().stack().size());
    assertEquals(List.of("data"), list(root("srv")));
    assertEquals(List.of("next"), list(root("srv/data")));
  }

  @Test
  void leavesNothingOpenOrBehind() throws Exception {
    mountOn(instance, "first");
    makeAll(root("kept"));
    take("before");
    long before = OpenDescriptors.below(scratch.path());
    Instance other = toSecond("before", "/kept");
    mountOn(other, "second");
    assertEquals(before, OpenDescriptors.below(scratch.path()));
    remover.remove(store.placeOf(instance));
    snapshots.remove(store.placeOf(instance), "snap", "before");
    collector.collectAll();
    try (Stream<Path> files = Files.walk(scratch.path().resolve("prefix"))) {
      assertEquals(
          List.of(),
          files.skip(1).filter(file -> !file.getFileName().toString().startsWith(".")).toList());
    }
  }
}
