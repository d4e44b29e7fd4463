package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RecordingSyscalls;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.HostFolderStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Place;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Storage;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.StorageSettings;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;

/** What a container wrote, counted as du(1) does, whatever it has put there. */
@Timeout(60)
class UpperCounterTest {

  private final LinuxSyscalls linux = new JnrSyscalls();
  private Instance instance;
  private Path upper;
  @TempDir private Path prefix;

  @BeforeEach
  void makeFolder() throws IOException {
    instance = new Instance("ns", "one", "uid-1", new Storage(prefix.toString()), "image:1");
    upper = Files.createDirectories(prefix.resolve("ns/one/upper"));
  }

  private Optional<UpperUsage> count(LinuxSyscalls with, long most) {
    try (Fd root = with.openat(Fd.CWD, "/", Linux.O_PATH | Linux.O_DIRECTORY, 0)) {
      Node node = new Node(root, root, root, with.stat(root), "boot");
      FileSystemStore store = new HostFolderStore(with, node, StorageSettings.from(Map.of()));
      return new UpperCounter(with, store, most).count(store.placeOf(instance));
    }
  }

  private UpperUsage count() {
    return count(linux, UpperCounter.MAX_INODES).orElseThrow();
  }

  private long allocated(Path path) throws IOException {
    try (Fd fd = linux.openat(Fd.CWD, path.toString(), Linux.O_PATH | Linux.O_NOFOLLOW, 0)) {
      return linux.stat(fd).allocatedBytes();
    }
  }

  private long allocated() throws IOException {
    long sum = 0;
    try (Stream<Path> all = Files.walk(upper)) {
      for (Path path : (Iterable<Path>) all::iterator) {
        sum += allocated(path);
      }
    }
    return sum;
  }

  @Test
  void countsFilesFoldersAndLinks() throws IOException {
    Files.write(upper.resolve("file"), new byte[100_000]);
    Path folder = Files.createDirectories(upper.resolve("a/b"));
    IntStream.range(0, 3000).forEach(i -> touch(folder.resolve("file-with-a-long-name-" + i)));
    Files.createSymbolicLink(upper.resolve("link"), Path.of("nowhere"));
    assertTrue(allocated() >= 100_000);
    assertEquals(new UpperUsage(allocated(), 1 + 1 + 2 + 3000 + 1), count());
  }

  @Test
  void countsAFileOfManyNamesOnce() throws IOException {
    Path file = Files.write(upper.resolve("file"), new byte[300_000]);
    long once = count().bytes();
    for (int i = 0; i < 6; i++) {
      Files.createLink(Files.createDirectories(upper.resolve("" + i)).resolve("name"), file);
    }
    long folders = 0;
    for (int i = 0; i < 6; i++) {
      folders += allocated(upper.resolve("" + i));
    }
    assertEquals(new UpperUsage(once + folders, 1 + 1 + 6), count());
  }

  @Test
  void followsNoSymlink() throws IOException {
    long before = count().inodes();
    Files.createSymbolicLink(upper.resolve("root"), Path.of("/"));
    Files.createSymbolicLink(upper.resolve("up"), Path.of(".."));
    assertEquals(before + 2, count().inodes());
  }

  @Test
  void isNotLedAwayByAFolderThatBecomesASymlinkMeanwhile() throws IOException {
    Files.createDirectories(upper.resolve("folder/inner"));
    Path elsewhere = Files.createDirectories(prefix.resolve("elsewhere"));
    IntStream.range(0, 50).forEach(i -> touch(elsewhere.resolve("file" + i)));
    RecordingSyscalls recording = new RecordingSyscalls(linux);
    // Between the look at its name and the step into it.
    recording.before(
        "statAt",
        () -> {
          Files.move(upper.resolve("folder"), prefix.resolve("moved"));
          Files.createSymbolicLink(upper.resolve("folder"), elsewhere);
        });
    UpperUsage swapped = count(recording.linux(), UpperCounter.MAX_INODES).orElseThrow();
    assertTrue(swapped.inodes() <= 3, swapped.toString());
    assertTrue(Files.exists(upper.resolve("folder"), LinkOption.NOFOLLOW_LINKS));
  }

  @Test
  void countsAPartOfWhatIsTooMuch() {
    IntStream.range(0, 200).forEach(i -> touch(upper.resolve("file" + i)));
    assertEquals(101, count(linux, 100).orElseThrow().inodes());
  }

  @Test
  void countsAPartOfWhatIsTooDeep() throws IOException {
    Files.createDirectories(upper.resolve("a/".repeat(500)));
    UpperUsage usage = count();
    assertEquals(1 + TreeWalker.MOST_DEPTH, usage.inodes());
  }

  @Test
  void hasNothingToCountWhereThereIsNoFolder() throws IOException {
    Files.delete(upper);
    assertEquals(Optional.empty(), count(linux, 100));
    Files.createSymbolicLink(upper, Path.of("/"));
    assertEquals(Optional.empty(), count(linux, 100));
  }

  private static void touch(Path file) {
    try {
      Files.createFile(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void endsWhenAnotherJobWaitsForTheFolder() throws IOException {
    Files.createFile(upper.resolve("file"));
    RecordingSyscalls recording = new RecordingSyscalls(linux);
    try (Fd root = linux.openat(Fd.CWD, "/", Linux.O_PATH | Linux.O_DIRECTORY, 0)) {
      Node node = new Node(root, root, root, linux.stat(root), "boot");
      FileSystemStore store =
          new HostFolderStore(recording.linux(), node, StorageSettings.from(Map.of()));
      Place place = store.placeOf(instance);
      CompletableFuture<Boolean> start = new CompletableFuture<>();
      Thread job = new Thread(() -> start.complete(store.locks().alone(place, () -> true)));
      recording.before(
          "list",
          () -> {
            job.start();
            await().until(() -> job.getState() == Thread.State.TIMED_WAITING);
          });
      UpperCounter counter = new UpperCounter(recording.linux(), store, UpperCounter.MAX_INODES);
      assertThrows(NotYetException.class, () -> counter.count(place));
      assertTrue(start.join());
    }
  }
}
