package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.OpenDescriptors;
import top.xtlsoft.stoppablecontainer.agent.Scratch;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.HostFolderStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Place;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Storage;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.StorageSettings;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;

/**
 * Trees that are made to end the agent. These tests run with the heap of the product, which ends
 * the process when it is full.
 */
@Timeout(300)
class HostileTreeIT {

  private static final int LEVELS = 24;
  private static final int NAMES = 9_990;
  private static final String LONG_NAME = "x".repeat(248);

  private final LinuxSyscalls linux = new JnrSyscalls();
  private final Node node = Node.open(linux);
  private final FileSystemStore store =
      new HostFolderStore(linux, node, StorageSettings.from(Map.of()));
  private final FileSystemRemover remover = new FileSystemRemover(linux, node, store);

  private Scratch scratch;
  private Path prefix;
  private Path upper;
  private Instance instance;

  @BeforeEach
  void makeFolder() throws IOException {
    scratch = new Scratch();
    prefix = scratch.folder("prefix");
    linux.mount("disk", prefix.toString(), "tmpfs", 0, "size=900m,nr_inodes=260k,mode=700");
    instance = new Instance("ns", "one", "uid-1", new Storage(prefix.toString()), "image:1");
    upper = Files.createDirectories(prefix.resolve("ns/one/upper"));
    Files.writeString(
        prefix.resolve("ns/one/instance.json"),
        "{\"version\":1,\"uid\":\"uid-1\",\"layers\":\"\",\"image\":\"image:1\"}");
  }

  @AfterEach
  void unmount() throws IOException {
    linux.umount(prefix.toString(), Linux.MNT_DETACH);
    scratch.close();
  }

  private void remove() {
    remover.remove(new Place(prefix.toString(), "ns", "one"));
  }

  private long openDescriptors() {
    return OpenDescriptors.below(prefix);
  }

  /** A tmpfs lists the newest name first: the folder to go down into is the last of all. */
  private void fill(Path folder) throws IOException {
    Path first = Files.createFile(folder.resolve(LONG_NAME + "-------"));
    for (int i = 1; i < NAMES; i++) {
      Files.createLink(folder.resolve(LONG_NAME + "%07d".formatted(i)), first);
    }
  }

  @Test
  void countsAndRemovesWideAndDeepTreesOfLongNames() throws IOException {
    assertTrue(
        Runtime.getRuntime().maxMemory() <= 64L << 20, "these tests run with the agent's heap");
    Path level = upper;
    for (int i = 0; i < LEVELS; i++) {
      Path below = Files.createDirectory(level.resolve("folder".repeat(15)));
      fill(level);
      level = below;
    }
    UpperCounter counter = new UpperCounter(linux, store, UpperCounter.MAX_INODES);
    Optional<UpperUsage> usage = counter.count(store.placeOf(instance));
    assertEquals(1 + LEVELS * 2L, usage.orElseThrow().inodes());
    remove();
    assertEquals(0, prefix.toFile().list().length);
  }

  @Test
  void leavesNoDescriptorOpenWhereRemovalFails() throws IOException {
    Path deep = upper;
    for (int i = 0; i < 30; i++) {
      deep = Files.createDirectory(deep.resolve("d"));
    }
    linux.mount("other", deep.toString(), "tmpfs", 0, "size=64k");
    Files.createFile(deep.resolve("stays"));
    long before = openDescriptors();
    for (int i = 0; i < 3; i++) {
      assertThrows(IllegalStateException.class, this::remove);
      assertEquals(before, openDescriptors());
    }
    assertTrue(Files.exists(deep.resolve("stays")));
    linux.umount(deep.toString(), 0);
    remove();
    assertFalse(Files.exists(prefix.resolve("ns")));
  }
}
