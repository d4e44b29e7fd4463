package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.LoopFiles;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.Scratch;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.HostFolderStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.InstanceFolder;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Storage;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.StorageSettings;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;

/** What a stop waits for: a disk image on a disk of the node that others write to. */
@Timeout(300)
class DiskImageSyncIT {

  private static final int TRIES = 3;
  private static final long MIB = 1 << 20;
  private static final int SECTOR_BYTES = 512;

  /** Number of written sectors in a device's stat: the kernel's Documentation/block/stat.rst. */
  private static final int WRITTEN_SECTORS = 6;

  private final LinuxSyscalls linux = new JnrSyscalls();
  private final Node node = Node.open(linux);

  private Scratch scratch;
  private Path prefix;
  private Path device;
  private FileSystemStore store;
  private DiskImages disks;
  private InstanceFolder folder;

  @BeforeEach
  void start() throws Exception {
    scratch = new Scratch();
    linux.mount("disk", scratch.folder("below").toString(), "tmpfs", 0, "size=512m,mode=755");
    prefix = scratch.folder("prefix");
    device = mountDisk(scratch.path().resolve("below/disk"), 256 * MIB);
    store = new HostFolderStore(linux, node, new StorageSettings(List.of(prefix.toString())));
    disks = new DiskImages(linux, node);
    folder = store.make(new Instance("ns", "one", "uid-1", new Storage(prefix.toString()), "i:1"));
    disks.mount(folder, 64 * MIB);
  }

  @AfterEach
  void stop() throws Exception {
    disks.unmount(folder);
    folder.close();
    LoopFiles.awaitNone(prefix);
    linux.umount(prefix.toString(), 0);
    LoopFiles.awaitNone(scratch.path());
    linux.umount(scratch.path() + "/below", 0);
    scratch.close();
  }

  /** The node's disk, whose writes the kernel counts. */
  private Path mountDisk(Path image, long bytes) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(bytes);
    }
    try (Fd file = linux.openat(Fd.CWD, image.toString(), Linux.O_RDWR, 0)) {
      new Ext4Maker().make(file, bytes);
      try (LoopDevices.Device loop = new LoopDevices(linux, node).attach(file)) {
        linux.mount(loop.path(), prefix.toString(), Ext4Maker.KIND, 0, "");
        return Path.of("/sys/block").resolve(Path.of(loop.path()).getFileName()).resolve("stat");
      }
    }
  }

  private long writtenBytes() throws IOException {
    String[] numbers = Files.readString(device).strip().split(" +");
    return SECTOR_BYTES * Long.parseLong(numbers[WRITTEN_SECTORS]);
  }

  private static void write(Path file, int mebibytes) throws IOException {
    try (RandomAccessFile writer = new RandomAccessFile(file.toFile(), "rw")) {
      byte[] block = new byte[1 << 16];
      Arrays.fill(block, (byte) 1);
      for (int i = 0; i < mebibytes * (MIB / block.length); i++) {
        writer.write(block);
      }
    }
  }

  /** The kernel writes all when another program of the machine calls sync(2): once is enough. */
  @Test
  void aStopWaitsForWhatLiesInTheDiskImageAlone() throws Exception {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < TRIES && least >= 64 * MIB; i++) {
      write(prefix.resolve("of-others"), 64);
      write(prefix.resolve("ns/one/disk/of-container"), 16);
      long before = writtenBytes();
      folder.sync();
      long written = writtenBytes() - before;
      assertTrue(written >= 16 * MIB, () -> written + " bytes, not all of the container's");
      least = Math.min(least, written);
    }
    assertTrue(least < 64 * MIB, least + " bytes, with those of others");
  }
}
