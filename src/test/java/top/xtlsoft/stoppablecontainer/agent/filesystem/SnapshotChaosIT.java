package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import top.xtlsoft.stoppablecontainer.agent.FakeContainer;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.LoopFiles;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.RecordingSyscalls;
import top.xtlsoft.stoppablecontainer.agent.Scratch;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.HostFolderStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Storage;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.StorageSettings;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.agent.process.Occupants;
import top.xtlsoft.stoppablecontainer.agent.process.Requester;

/**
 * Instances, snapshots and clones come and go at random, and each job may break off at any system
 * call: every file of each of them stays as it was, and in the end nothing is left.
 */
@Timeout(300)
class SnapshotChaosIT {

  private static final int ROUNDS = 150;
  private static final int MOST_OF_A_KIND = 6;
  private static final int CALLS = 60;
  private static final int SHORTEST_FLATTENED = 2;
  private static final int CHANGES = 3;
  private static final List<String> MODES = List.of("rwxr-x--x", "rwxrwxr-x");

  /** A disk image is made in many calls more. */
  private static final int CALLS_WITH_SIZE = 160;

  /** Room for some tens of files, and for as many images as there are at most. */
  private static final long SIZE = 8 << 20;

  private final RecordingSyscalls recording = new RecordingSyscalls(new JnrSyscalls());
  private final Node node = Node.open(recording.linux());
  private final Map<String, Its> instances = new TreeMap<>();
  private final Map<String, Its> snapshots = new TreeMap<>();
  private Scratch scratch;
  private FakeContainer container;
  private Requester requester;
  private FileSystemStore store;
  private FileSystemRemover remover;
  private FileSystemMounter mounter;
  private LayerCollector collector;
  private SnapshotFolders folders;
  private StackFlattener flattener;
  private Random random;
  private int made;
  private int merged;
  private int mostInstances = MOST_OF_A_KIND;
  private boolean hasSizes;

  /** One instance or snapshot, with all facts of each of its files. */
  private record Its(Instance instance, Map<String, String> files) {}

  private interface Job {
    void run() throws IOException;
  }

  @BeforeEach
  void start() throws Exception {
    scratch = new Scratch();
    linux().mount("disk", scratch.folder("prefix").toString(), "tmpfs", 0, "size=512m,mode=755");
    StorageSettings settings = new StorageSettings(List.of(scratch.path() + "/prefix"));
    store = new HostFolderStore(recording.linux(), node, settings);
    remover = new FileSystemRemover(recording.linux(), node, store);
    mounter =
        new FileSystemMounter(
            recording.linux(), node, store, remover, new Occupants(recording.linux()));
    collector = new LayerCollector(store, remover);
    folders = new SnapshotFolders(recording.linux(), node, store, remover, mounter, collector);
    flattener =
        new StackFlattener(
            recording.linux(),
            store,
            remover,
            mounter,
            collector,
            SHORTEST_FLATTENED,
            System::nanoTime);
    container = FakeContainer.start(scratch.path());
    requester = Requester.hold(recording.linux(), container.pid()).orElseThrow();
  }

  @AfterEach
  void stop() throws Exception {
    requester.close();
    container.close();
    for (Its its : instances.values()) {
      remover.remove(store.placeOf(its.instance()));
    }
    linux().umount(scratch.path() + "/prefix", 2);
    scratch.close();
  }

  private LinuxSyscalls linux() {
    return recording.linux();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void keepsEveryFileAndLeavesNothing(long seed) throws Exception {
    play(seed);
    assertTrue(merged > 0, "no layer was ever merged");
  }

  /** A clone keeps layers apart. */
  @ParameterizedTest
  @ValueSource(longs = {7, 8})
  void keepsEveryFileWhereMostLayersAreMerged(long seed) throws Exception {
    mostInstances = 1;
    play(seed);
    assertTrue(merged > MOST_OF_A_KIND, "few layers were merged: " + merged);
  }

  /** Some instances have a size and others have none, and clones of both are of both. */
  @ParameterizedTest
  @ValueSource(longs = {4})
  void keepsEveryFileInDiskImagesAndLeavesNoDevice(long seed) throws Exception {
    hasSizes = true;
    play(seed);
    LoopFiles.awaitNone(scratch.path());
  }

  private void play(long seed) throws IOException {
    random = new Random(seed);
    Its first = new Its(instance(null), new TreeMap<>());
    add(first);
    first.files().putAll(read(root(first)));
    for (int round = 0; round < ROUNDS; round++) {
      step();
      checkAll("seed " + seed + ", round " + round);
    }
    for (Its its : List.copyOf(instances.values())) {
      remove(its);
    }
    for (String snapshot : List.copyOf(snapshots.keySet())) {
      removeSnapshot(snapshot);
    }
    collector.collectAll();
    assertEquals(List.of(), leftovers());
  }

  private void step() throws IOException {
    Its its = any(instances);
    switch (random.nextInt(12)) {
      case 0, 1, 2 -> write(its);
      case 3, 4 -> {
        if (snapshots.size() < MOST_OF_A_KIND) {
          String uid = "s-" + made++;
          done(() -> folders.take(its.instance(), "snap", uid, () -> {}));
          snapshots.put(uid, new Its(its.instance(), new TreeMap<>(its.files())));
        }
      }
      case 5 -> {
        if (!snapshots.isEmpty() && instances.size() < mostInstances) {
          String of = anyKey(snapshots);
          add(new Its(instance(of), new TreeMap<>(snapshots.get(of).files())));
        } else if (snapshots.size() > 1) {
          removeSnapshot(anyKey(snapshots));
        }
      }
      case 6 -> {
        if (snapshots.size() > 1) {
          removeSnapshot(anyKey(snapshots));
        }
      }
      case 7, 8 -> {
        if (!snapshots.isEmpty() && snapshots.size() < MOST_OF_A_KIND) {
          restore(its, anyKey(snapshots));
        }
      }
      case 9 -> {
        if (instances.size() > 1) {
          remove(its);
        }
      }
      default -> flatten(its);
    }
  }

  /**
   * The state before is kept, then the files are those of the snapshot, but for some paths that
   * stay as they are.
   */
  private void restore(Its its, String of) throws IOException {
    String before = "s-" + made++;
    Instance old = its.instance();
    done(() -> folders.take(old, "snap", before, () -> {}));
    if (random.nextBoolean()) {
      write(its);
    }
    snapshots.put(before, new Its(old, new TreeMap<>(its.files())));
    Map<String, String> given = snapshots.get(of).files();
    List<String> kept = kept(its.files(), given);
    Instance ordered =
        new Instance(
            "ns",
            old.name(),
            old.uid(),
            old.storage(),
            old.image(),
            null,
            new Instance.Source(
                "snap", of, new Instance.Restore("r-" + made++, "snap", before, kept)));
    instances.put(old.name(), new Its(ordered, keep(kept, its.files(), given)));
    done(() -> mounter.restore(ordered, () -> {}));
  }

  /** Paths that can be kept: what is above them is a folder, or nothing. */
  private List<String> kept(Map<String, String> before, Map<String, String> given) {
    List<List<String>> choices =
        List.of(
            List.of(),
            List.of("/folder"),
            List.of("/d-0", "/d-1", "/none/none"),
            List.of("/d-0/e-0", "/d-1/f-0", "/folder/inner"),
            List.of("/d-0/f-1", "/d-0/e-0/f-0", "/linked"));
    return choices.get(random.nextInt(choices.size())).stream()
        .filter(path -> Stream.of(before, given).allMatch(files -> isBelowFolders(files, path)))
        .toList();
  }

  private static boolean isBelowFolders(Map<String, String> files, String path) {
    return above(path).stream()
        .map(files::get)
        .allMatch(facts -> facts == null || facts.matches(".*mode=(16[3-9]|17|2)\\d*.*"));
  }

  private static List<String> above(String path) {
    List<String> above = new ArrayList<>();
    for (int slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
      above.add(path.substring(1, slash));
    }
    return above;
  }

  private static Map<String, String> keep(
      List<String> kept, Map<String, String> before, Map<String, String> given) {
    Map<String, String> files = new TreeMap<>(given);
    for (String path : kept) {
      files.keySet().removeIf(file -> isIn(file, path));
      before.forEach(
          (file, facts) -> {
            if (isIn(file, path)) {
              files.put(file, facts);
            }
          });
      if (before.containsKey(path.substring(1))) {
        above(path).forEach(folder -> files.putIfAbsent(folder, before.get(folder)));
      }
    }
    return files;
  }

  private static boolean isIn(String file, String path) {
    return ("/" + file + "/").startsWith(path + "/");
  }

  private void flatten(Its its) throws IOException {
    int before = layers(its);
    done(() -> flattener.flatten(its.instance(), () -> {}));
    merged += before - layers(its);
  }

  private int layers(Its its) {
    return store.record(store.placeOf(its.instance())).orElseThrow().stack().size();
  }

  private Instance instance(String snapshot) {
    String name = "i-" + made++;
    return new Instance(
        "ns",
        name,
        "uid-" + name,
        new Storage(scratch.path() + "/prefix", hasSizes && random.nextBoolean() ? SIZE : null),
        "image:1",
        null,
        snapshot == null ? null : new Instance.Source("snap", snapshot));
  }

  private void add(Its its) throws IOException {
    instances.put(its.instance().name(), its);
    done(() -> mount(its.instance()));
  }

  private void mount(Instance instance) {
    try (Fd root = requester.root()) {
      mounter.mount(
          instance, root, ImageLayers.of(requester.mounts().root().orElseThrow()), Optional::empty);
    }
  }

  private void remove(Its its) throws IOException {
    instances.remove(its.instance().name());
    done(
        () -> {
          remover.remove(store.placeOf(its.instance()));
          collector.collect(store.placeOf(its.instance()));
        });
  }

  private void removeSnapshot(String uid) throws IOException {
    Its its = snapshots.remove(uid);
    done(() -> folders.remove(store.placeOf(its.instance()), "snap", uid));
  }

  /** The container's own work: it has the file system only while that is mounted. */
  private void write(Its its) throws IOException {
    mount(its.instance());
    for (int i = 0; i < CHANGES; i++) {
      change(root(its));
    }
    its.files().clear();
    its.files().putAll(read(root(its)));
  }

  /** What lies in one layer is a folder, a file, a link or nothing in the next one. */
  private void change(Path root) throws IOException {
    Path folder =
        root.resolve(List.of("", "folder", "d-0", "d-0/e-0", "d-1").get(random.nextInt(5)));
    Path file = folder.resolve(List.of("f-0", "f-1", "e-0", "inner").get(random.nextInt(4)));
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      removeTree(folder);
      Files.createDirectories(folder);
    }
    switch (random.nextInt(9)) {
      case 0 -> removeTree(file);
      case 1 -> {
        removeTree(file);
        Files.createDirectory(file);
      }
      case 2 -> {
        removeTree(file);
        Files.createSymbolicLink(file, Path.of("nowhere-" + made++));
      }
      case 3 ->
          Files.setPosixFilePermissions(
              folder, PosixFilePermissions.fromString(MODES.get(made++ % 2)));
      case 4 -> Files.setAttribute(folder, "unix:uid", made++ % 5);
      case 5 -> Files.setAttribute(folder, "user:seen", ("" + made++).getBytes(UTF_8));
      case 6 -> {
        removeTree(folder.resolve("linked"));
        removeTree(file);
        Files.writeString(file, "linked " + made++);
        Files.createLink(folder.resolve("linked"), file);
      }
      default -> {
        removeTree(file);
        Files.writeString(file, "content " + made++);
      }
    }
  }

  private static void removeTree(Path top) throws IOException {
    if (!Files.exists(top, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (Stream<Path> files = Files.walk(top)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** Does a job that breaks off at any system call, as often as it does; then it must succeed. */
  private void done(Job job) throws IOException {
    for (int i = 0; i < 3; i++) {
      recording.failAt(random.nextInt(hasSizes ? CALLS_WITH_SIZE : CALLS));
      try {
        job.run();
        recording.failAt(-1);
        return;
      } catch (SyscallException broken) {
        assertTrue(broken.getMessage().contains("injected"), broken.getMessage());
      }
    }
    recording.failAt(-1);
    job.run();
  }

  private void checkAll(String when) throws IOException {
    for (Its its : instances.values()) {
      mount(its.instance());
      assertEquals(its.files(), read(root(its)), when + ", " + its.instance());
    }
    for (Map.Entry<String, Its> snapshot : snapshots.entrySet()) {
      Instance probe = instance(snapshot.getKey());
      mount(probe);
      assertEquals(
          snapshot.getValue().files(),
          read(root(new Its(probe, Map.of()))),
          when + ", " + snapshot.getKey());
      remover.remove(store.placeOf(probe));
    }
  }

  private static Map<String, String> read(Path root) throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(root)) {
      for (Path file : all.toList()) {
        files.put(root.relativize(file).toString(), facts(file));
      }
    }
    return files;
  }

  private static String facts(Path file) throws IOException {
    Map<String, Object> facts =
        new TreeMap<>(
            Files.readAttributes(
                file, "unix:mode,uid,gid,lastModifiedTime", LinkOption.NOFOLLOW_LINKS));
    if (Files.isSymbolicLink(file)) {
      facts.put("target", Files.readSymbolicLink(file));
    } else if (Files.isDirectory(file)) {
      UserDefinedFileAttributeView xattrs =
          Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
      for (String name : xattrs.list()) {
        facts.put(
            "xattr " + name, new String((byte[]) Files.getAttribute(file, "user:" + name), UTF_8));
      }
    } else {
      facts.put("content", Files.readString(file));
    }
    return facts.toString();
  }

  private Path root(Its its) {
    return Path.of(store.placeOf(its.instance()).path(), "rootfs");
  }

  private List<Path> leftovers() throws IOException {
    Path prefix = scratch.path().resolve("prefix");
    try (Stream<Path> files = Files.walk(prefix)) {
      return files
          .filter(file -> !file.equals(prefix))
          .filter(file -> !file.getFileName().toString().startsWith("."))
          .toList();
    }
  }

  private String anyKey(Map<String, Its> of) {
    return new ArrayList<>(of.keySet()).get(random.nextInt(of.size()));
  }

  private Its any(Map<String, Its> of) {
    return of.get(anyKey(of));
  }
}
