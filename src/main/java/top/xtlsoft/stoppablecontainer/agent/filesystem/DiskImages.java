package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_DIRECTORY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_RDONLY;

import jnr.constants.platform.Errno;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.InstanceFolder;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.FileStatus;
import top.xtlsoft.stoppablecontainer.agent.linux.FileSystemStatus;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.NamespaceThread;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.api.AgentReason;

/**
 * Disk images: the file system of an instance with a size lies in a file of that size, so the
 * kernel holds the limit to the byte whatever a container does.
 *
 * <p>The node's disk keeps room for the whole file from the beginning. A sparse file would take it
 * when it is written, and fail on a full disk after a program's write has succeeded.
 *
 * <p>Each step may run twice, and an agent may be killed between any two. The caller holds the lock
 * of the folder alone.
 */
final class DiskImages {

  private static final Logger LOG = LoggerFactory.getLogger(DiskImages.class);

  /** The overlay on top has flags of its own: there, programs with set-id bits and devices work. */
  private static final long FLAGS = Linux.MS_NOSUID | Linux.MS_NODEV;

  /** A damaged file system takes no more writes. */
  private static final String OPTIONS = "errors=remount-ro";

  private static final int MOST_STACKED_MOUNTS = 64;

  private final LinuxSyscalls linux;
  private final Node node;
  private final LoopDevices loops;
  private final Ext4Maker maker = new Ext4Maker();
  private final NamespaceThread thread;

  DiskImages(LinuxSyscalls linux, Node node) {
    this.linux = linux;
    this.node = node;
    this.loops = new LoopDevices(linux, node);
    this.thread = new NamespaceThread(linux);
  }

  /**
   * Mounts the disk image of a folder, and makes it at the first mount.
   *
   * @param bytes size of a new one; null if there has to be one
   * @throws RefusedException StorageSizeUnsupported if the agent or the node can't; NotEnoughSpace
   *     if the node's disk has no room for it; LayerMissing if it is lost
   */
  void mount(InstanceFolder folder, @Nullable Long bytes) {
    if (isMounted(folder)) {
      refill(folder);
      return;
    }
    // An agent was killed before it froze the present one.
    folder.dropNextDiskImage();
    if (!folder.hasDiskImage()) {
      make(folder, bytes);
    }
    folder.makeDiskFolder();
    try (Fd image = folder.diskImage().orElseThrow();
        LoopDevices.Device device = loops.attach(image)) {
      refill(image);
      thread.call(
          "mount-disk",
          () -> {
            linux.setnsMount(node.mountNamespace());
            linux.mount(device.path(), folder.diskPath(), Ext4Maker.KIND, FLAGS, OPTIONS);
            try (Fd root = folder.mountedDisk().orElseThrow()) {
              // Below a shared mount it would be shared, and spread what is mounted in it.
              linux.mountSetattr(root, false, 0, Linux.MS_PRIVATE);
            }
            return null;
          });
      LOG.info("Disk image mounted: folder={} device={}", folder.place(), device.path());
    }
  }

  private void make(InstanceFolder folder, @Nullable Long bytes) {
    try (Fd rootfs = folder.rootfs().orElse(null)) {
      if (rootfs != null || bytes == null) {
        throw new RefusedException(
            AgentReason.LAYER_MISSING,
            "the disk image "
                + folder.place()
                + "/"
                + InstanceFolder.DISK_IMAGE
                + " is not there: bring it back");
      }
    }
    // An agent that may open no loop device takes no room.
    loops.requireUsable();
    folder.makeDiskImage(
        file -> {
          requireRoom(folder, bytes);
          fill(file, bytes);
        });
    LOG.info("Disk image made: folder={} bytes={}", folder.place(), bytes);
  }

  private void fill(Fd file, long bytes) {
    allocate(file, bytes);
    maker.make(file, bytes);
    // What mke2fs zeroes it takes out of the file.
    allocate(file, bytes);
  }

  private void refill(InstanceFolder folder) {
    try (Fd image = folder.diskImage().orElse(null)) {
      if (image != null) {
        refill(image);
      }
    }
  }

  /**
   * Gives back the room that the kernel takes out of the file where ext4 zeroes blocks, and that an
   * agent freed which then froze nothing.
   */
  private void refill(Fd image) {
    FileStatus status = linux.stat(image);
    if (status.allocatedBytes() >= status.sizeBytes()) {
      return;
    }
    try {
      allocate(image, status.sizeBytes());
    } catch (RefusedException e) {
      LOG.info("Disk image not refilled: error={}", e.getMessage());
    }
  }

  /**
   * Makes a mounted disk image as large as that, if it is smaller. It is in use meanwhile.
   *
   * @return whether it is so large now; false if it is not mounted
   * @throws RefusedException NotEnoughSpace if the node's disk has no room for it;
   *     StorageSizeUnsupported if the agent may not enlarge a file system
   */
  boolean grow(InstanceFolder folder, long bytes) {
    try (Fd root = folder.mountedDisk().orElse(null);
        Fd image = folder.diskImage().orElse(null)) {
      if (root == null || image == null) {
        return false;
      }
      FileStatus before = linux.stat(image);
      long blocks = Ext4Maker.blocksOf(linux.read(image, Ext4Maker.SUPERBLOCK_END));
      boolean isLarge = before.sizeBytes() >= bytes;
      if (isLarge && blocks >= Ext4Maker.blocks(before.sizeBytes())) {
        return true;
      }
      // An agent that was killed may have left it larger than the file system in it. One that
      // lacks the right learns so before it takes more room.
      growToFile(image, root);
      if (!isLarge) {
        requireRoom(folder, bytes - before.allocatedBytes());
        allocate(image, bytes);
        linux.fsync(image);
        growToFile(image, root);
        LOG.info("Disk image grown: folder={} bytes={}", folder.place(), bytes);
      }
      return true;
    }
  }

  private void growToFile(Fd image, Fd root) {
    try (LoopDevices.Device device = loops.attach(image);
        Fd readable = linux.openat(root, ".", O_RDONLY | O_DIRECTORY, 0)) {
      loops.grow(device);
      linux.growExt4(readable, Ext4Maker.blocks(linux.stat(image).sizeBytes()));
    } catch (SyscallException e) {
      if (e.is(Errno.EPERM)) {
        throw new RefusedException(
            AgentReason.STORAGE_SIZE_UNSUPPORTED,
            "the agent may not enlarge a file system: it lacks CAP_SYS_RESOURCE");
      }
      throw e;
    }
  }

  /**
   * Mounts the frozen disk image of a layer, read-only. The kernel shares what it has of it with
   * the other mounts of the same layer.
   *
   * @return the detached mount, which ends with its last user: this descriptor, or an overlay
   * @throws RefusedException StorageSizeUnsupported if the agent or the node can't
   */
  Fd mountFrozen(InstanceFolder layer) {
    return thread.call(
        "mount-layer",
        () -> {
          linux.setnsMount(node.mountNamespace());
          try (Fd image = layer.frozenDiskImage().orElseThrow();
              LoopDevices.Device device = loops.attach(image);
              Fd context = linux.fsopen(Ext4Maker.KIND)) {
            linux.fsconfigString(context, "source", device.path());
            linux.fsconfigFlag(context, "ro");
            // It was unmounted before it was frozen, so there is nothing in its journal.
            linux.fsconfigFlag(context, "noload");
            linux.fsconfigCreate(context);
            return linux.fsmount(context);
          }
        });
  }

  /**
   * Makes sure that the node's disk has room for the image that follows the present one when that
   * is frozen, which then takes no more than what is in it.
   *
   * @throws RefusedException NotEnoughSpace if it has not
   */
  void requireRoomForNext(InstanceFolder folder) {
    try (Fd image = folder.diskImage().orElseThrow()) {
      FileStatus status = linux.stat(image);
      long unused = Math.min(status.allocatedBytes(), folder.space().availableBytes());
      requireRoom(folder, status.sizeBytes() - unused);
    }
  }

  /**
   * Makes the disk image ready to be frozen, and the one that follows it: unmounts it, for good on
   * the node's disk, without the room that nothing is in.
   *
   * @throws RefusedException InUse while a program of the node uses it; NotEnoughSpace if the
   *     node's disk has no room for the next one. The present one goes on then.
   * @throws NotYetException while something else on the node has it mounted
   */
  void draftNext(InstanceFolder folder) {
    trim(folder);
    try (Fd image = folder.diskImage().orElseThrow()) {
      try {
        unmount(folder, false);
        if (!Ext4Maker.isUnmounted(linux.read(image, Ext4Maker.SUPERBLOCK_END))) {
          throw NotYetException.untilRetry("the disk image is still mounted elsewhere");
        }
        linux.fsync(image);
        long bytes = linux.stat(image).sizeBytes();
        folder.makeNextDiskImage(
            file -> {
              requireRoom(folder, bytes);
              fill(file, bytes);
            });
      } catch (RuntimeException e) {
        refill(image);
        throw e;
      }
    }
  }

  private void trim(InstanceFolder folder) {
    try (Fd root = folder.mountedDisk().orElseThrow();
        Fd readable = linux.openat(root, ".", O_RDONLY | O_DIRECTORY, 0)) {
      linux.trim(readable);
    } catch (SyscallException e) {
      if (!e.is(Errno.EOPNOTSUPP)) {
        throw e;
      }
      LOG.info("Disk image keeps its room, the disk can't free it: folder={}", folder.place());
    }
  }

  /** Unmounts the disk image of a folder, if it is mounted; the kernel detaches its device. */
  void unmount(InstanceFolder folder) {
    unmount(folder, true);
  }

  private void unmount(InstanceFolder folder, boolean detach) {
    if (!isMounted(folder)) {
      return;
    }
    thread.call(
        "unmount-disk",
        () -> {
          linux.setnsMount(node.mountNamespace());
          linux.fchdir(folder.fd());
          for (int i = 0; i < MOST_STACKED_MOUNTS && isMounted(folder); i++) {
            unmountOne(folder, detach);
          }
          return null;
        });
  }

  private void unmountOne(InstanceFolder folder, boolean detach) {
    try {
      linux.umount(InstanceFolder.DISK, 0);
    } catch (SyscallException e) {
      if (!e.is(Errno.EBUSY)) {
        throw e;
      }
      if (!detach) {
        throw new RefusedException(
            AgentReason.IN_USE, "a program of the node uses the disk image: leave its folder");
      }
      LOG.warn("Disk image is in use, detaching it: folder={}", folder.place());
      linux.umount(InstanceFolder.DISK, Linux.MNT_DETACH);
    }
    LOG.info("Disk image unmounted: folder={}", folder.place());
  }

  private static boolean isMounted(InstanceFolder folder) {
    try (Fd root = folder.mountedDisk().orElse(null)) {
      return root != null;
    }
  }

  private static void requireRoom(InstanceFolder folder, long more) {
    FileSystemStatus disk = folder.nodeSpace();
    if (!disk.hasRoomFor(more)) {
      throw new RefusedException(
          AgentReason.NOT_ENOUGH_SPACE,
          "the node's disk has "
              + disk.availableBytes()
              + " bytes free, spec.storage.size takes "
              + more
              + " of them, and a tenth of the disk has to stay free");
    }
  }

  private void allocate(Fd file, long bytes) {
    try {
      linux.allocate(file, bytes);
    } catch (SyscallException e) {
      if (e.is(Errno.ENOSPC)) {
        throw new RefusedException(
            AgentReason.NOT_ENOUGH_SPACE, "the node's disk has no room for " + bytes + " bytes");
      }
      if (e.is(Errno.EOPNOTSUPP)) {
        throw new RefusedException(
            AgentReason.STORAGE_SIZE_UNSUPPORTED,
            "spec.storage.size needs a file system below the prefix that keeps room for a file:"
                + " ext4, xfs or btrfs");
      }
      throw e;
    }
  }
}
