package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_DIRECTORY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_RDONLY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_RDWR;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_IN_ROOT;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_NO_MAGICLINKS;

import java.util.Optional;
import java.util.regex.Pattern;
import jnr.constants.platform.Errno;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.FileStatus;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.api.AgentReason;

/**
 * The node's loop devices, which show files as disks. Two devices over one file would destroy what
 * is in it, so a file that has a device gets no other. The kernel detaches a device when its last
 * user is gone: an agent that is killed leaves none behind.
 */
final class LoopDevices {

  private static final Logger LOG = LoggerFactory.getLogger(LoopDevices.class);

  /** So direct I/O works on disks with sectors of 4 KiB. */
  static final int BLOCK_BYTES = Ext4Maker.BLOCK_BYTES;

  private static final Pattern NAME = Pattern.compile("loop[0-9]{1,7}");
  private static final int MOST_NAMES = 100_000;

  /** Two threads at once would give a layer two devices. */
  private static final Object ATTACHING = new Object();

  /** Other programs of the node take free devices too. */
  private static final int MOST_TRIES = 16;

  private final LinuxSyscalls linux;
  private final Node node;

  LoopDevices(LinuxSyscalls linux, Node node) {
    this.linux = linux;
    this.node = node;
  }

  /**
   * A loop device that shows a file. It stays as long as its descriptor is open, or it is mounted.
   *
   * @param path of the device on the node
   * @param fd its descriptor
   */
  record Device(String path, Fd fd) implements AutoCloseable {

    @Override
    public void close() {
      fd.close();
    }
  }

  /**
   * Makes sure that there are loop devices for the agent.
   *
   * @throws RefusedException StorageSizeUnsupported if there are none
   */
  void requireUsable() {
    open("loop-control").close();
  }

  /**
   * The device that shows a file, attached if it has none.
   *
   * @param file open for reading and writing; for reading alone it is a read-only device
   * @throws RefusedException StorageSizeUnsupported if the agent may open no loop device, or the
   *     kernel has none
   */
  Device attach(Fd file) {
    synchronized (ATTACHING) {
      return attachOnce(file);
    }
  }

  private Device attachOnce(Fd file) {
    Optional<Device> found = find(file);
    if (found.isPresent()) {
      return found.get();
    }
    try (Fd control = open("loop-control")) {
      for (int i = 0; i < MOST_TRIES; i++) {
        Optional<Device> attached = attach(file, "loop" + linux.freeLoopDevice(control));
        if (attached.isPresent()) {
          return attached.get();
        }
      }
    }
    throw NotYetException.untilRetry("other programs take each free loop device");
  }

  private Optional<Device> attach(Fd file, String name) {
    Fd device = open(name);
    try {
      linux.attachLoop(device, file, BLOCK_BYTES);
      LOG.info(
          "Loop device attached: device={} directIo={}",
          name,
          linux.loopFile(device).map(shown -> shown.directIo()).orElse(false));
      return Optional.of(new Device("/dev/" + name, device));
    } catch (SyscallException e) {
      device.close();
      if (e.is(Errno.EBUSY)) {
        return Optional.empty();
      }
      throw e;
    } catch (RuntimeException e) {
      device.close();
      throw e;
    }
  }

  /** The device that shows a file, if it has one. The caller closes it. */
  Optional<Device> find(Fd file) {
    FileStatus status = linux.stat(file);
    try (Fd devices =
        linux.openat2(node.root(), "dev", O_RDONLY | O_DIRECTORY, 0, RESOLVE_IN_ROOT)) {
      for (String name : linux.list(devices, MOST_NAMES)) {
        if (NAME.matcher(name).matches()) {
          Optional<Device> device = openIfShows(name, status);
          if (device.isPresent()) {
            return device;
          }
        }
      }
    }
    return Optional.empty();
  }

  /** Held open it can't be detached, so what it shows now it shows until it is closed. */
  private Optional<Device> openIfShows(String name, FileStatus file) {
    Fd device = openIfThere(name);
    if (device == null) {
      return Optional.empty();
    }
    boolean shows = false;
    try {
      shows = linux.loopFile(device).filter(its -> its.is(file)).isPresent();
    } finally {
      if (!shows) {
        device.close();
      }
    }
    return shows ? Optional.of(new Device("/dev/" + name, device)) : Optional.empty();
  }

  /** Makes a device as large as its file is by now. */
  void grow(Device device) {
    linux.growLoop(device.fd());
  }

  /** For reading, as one of a file that is read-only can't be opened otherwise. */
  private @Nullable Fd openIfThere(String name) {
    try {
      return openDevice(name, O_RDONLY);
    } catch (SyscallException e) {
      // A device that was never used has a name and may have no driver; one may go meanwhile.
      if (e.is(Errno.ENOENT, Errno.ENXIO, Errno.ENODEV)) {
        return null;
      }
      throw refused(e);
    }
  }

  private Fd open(String name) {
    try {
      return openDevice(name, O_RDWR);
    } catch (SyscallException e) {
      throw refused(e);
    }
  }

  private Fd openDevice(String name, int flags) {
    return linux.openat2(
        node.root(), "dev/" + name, flags, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
  }

  private static RuntimeException refused(SyscallException e) {
    if (e.is(Errno.EPERM, Errno.EACCES)) {
      return new RefusedException(
          AgentReason.STORAGE_SIZE_UNSUPPORTED,
          "spec.storage.size needs a node agent that may open loop devices: the administrator"
              + " deploys it with agent.privileged");
    }
    if (e.is(Errno.ENOENT, Errno.ENXIO, Errno.ENODEV)) {
      return new RefusedException(
          AgentReason.STORAGE_SIZE_UNSUPPORTED,
          "spec.storage.size needs loop devices, and the node's kernel has none: load its module"
              + " loop");
    }
    return e;
  }
}
