package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Collection;
import java.util.List;
import jnr.constants.platform.Errno;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FolderRecord;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.InstanceFolder;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.NamespaceThread;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.agent.process.Occupants;
import top.xtlsoft.stoppablecontainer.agent.process.UserNamespace;
import top.xtlsoft.stoppablecontainer.api.AgentReason;

/** Mounts the overlay of an instance's folder in the node's mount namespace. */
final class OverlayMounter {

  private static final Logger LOG = LoggerFactory.getLogger(OverlayMounter.class);

  private final LinuxSyscalls linux;
  private final Node node;
  private final LayerStacks stacks;
  private final Occupants occupants;
  private final NamespaceThread thread;

  OverlayMounter(LinuxSyscalls linux, Node node, LayerStacks stacks, Occupants occupants) {
    this.linux = linux;
    this.node = node;
    this.stacks = stacks;
    this.occupants = occupants;
    this.thread = new NamespaceThread(linux);
  }

  /**
   * Mounts it over the frozen layers that the record names.
   *
   * @param image folders of the image's layers below them
   * @throws RefusedException UnsupportedFileSystem if the file system below the prefix can't carry
   *     an upper layer
   */
  void mount(InstanceFolder folder, FolderRecord record, Collection<String> image) {
    String options = OverlayOptions.of(record.options());
    try (LowerFolders lower = stacks.lower(folder.place(), record, image)) {
      thread.call(
          "mount",
          () -> {
            linux.setnsMount(node.mountNamespace());
            mount(folder, options, lower);
            return null;
          });
      LOG.info("File system mounted: layers={} folder={}", lower.folders().size(), folder.place());
    }
  }

  /** Mounts it over layers whose owners are mapped for the users of a user namespace. */
  void mount(InstanceFolder folder, LayerMounts layers, String options, UserNamespace users) {
    thread.call(
        "mount",
        () -> {
          linux.setnsMount(node.mountNamespace());
          mountOver(folder, layers, options, users);
          finish(folder);
          return null;
        });
  }

  private void mountOver(
      InstanceFolder folder, LayerMounts layers, String options, @Nullable UserNamespace users) {
    try (Fd overlay = layers.mount(options, folder.rootfsPath(), users);
        Fd target = folder.rootfs().orElseThrow()) {
      linux.moveMount(overlay, target);
    }
  }

  /**
   * Does what belongs to a mount that an agent may have been killed in.
   *
   * @return whether it is mounted
   */
  boolean takeUp(InstanceFolder folder) {
    if (!folder.isMounted()) {
      return false;
    }
    thread.call(
        "take-up",
        () -> {
          linux.setnsMount(node.mountNamespace());
          makePrivate(folder);
          return null;
        });
    return true;
  }

  private void mount(InstanceFolder folder, String pinned, LowerFolders lower) {
    try {
      if (lower.haveDisks()) {
        try (LayerMounts layers = LayerMounts.of(linux, node, folder, lower, null)) {
          mountOver(folder, layers, pinned, null);
        }
      } else {
        mountPaths(folder, pinned, lower.paths());
      }
    } catch (SyscallException e) {
      // The kernel says why only in its log; that upper must be able to carry xattrs, whiteouts
      // and be no overlay itself is what users meet.
      if (e.is(Errno.EINVAL, Errno.EOPNOTSUPP)) {
        throw new RefusedException(
            AgentReason.UNSUPPORTED_FILE_SYSTEM,
            "the file system at "
                + folder.place().root()
                + " can't carry the upper layer of an overlay: put a volume of ext4, xfs or btrfs"
                + " there");
      }
      throw e;
    }
    finish(folder);
  }

  private void mountPaths(InstanceFolder folder, String pinned, List<String> layers) {
    String options = OverlayOptions.forMount(pinned, layers, folder.upperPath(), folder.workPath());
    if (options.getBytes(ISO_8859_1).length <= OverlayOptions.MOST_BYTES) {
      linux.mount("overlay", folder.rootfsPath(), "overlay", 0, options);
    } else {
      mountManyLayers(folder, pinned, layers);
    }
  }

  private void finish(InstanceFolder folder) {
    makePrivate(folder);
    try (Fd root = folder.rootfs().orElseThrow()) {
      occupants.areNone(linux.stat(root).dev());
    }
  }

  /** Mounted below a shared mount it is shared, and what is mounted on it later would spread. */
  private void makePrivate(InstanceFolder folder) {
    try (Fd root = folder.rootfs().orElseThrow()) {
      linux.mountSetattr(root, false, 0, Linux.MS_PRIVATE);
    }
  }

  /** For more layers than one page of options holds: they are added one by one. */
  private void mountManyLayers(InstanceFolder folder, String pinned, List<String> layers) {
    try (Fd context = linux.fsopen("overlay");
        Fd target = folder.rootfs().orElseThrow()) {
      linux.fsconfigString(context, "source", "overlay");
      for (String option : pinned.split(",")) {
        int value = option.indexOf('=');
        linux.fsconfigString(context, option.substring(0, value), option.substring(value + 1));
      }
      for (String layer : layers) {
        linux.fsconfigString(context, "lowerdir+", layer);
      }
      linux.fsconfigString(context, "upperdir", folder.upperPath());
      linux.fsconfigString(context, "workdir", folder.workPath());
      linux.fsconfigCreate(context);
      try (Fd mount = linux.fsmount(context)) {
        linux.moveMount(mount, target);
      }
    }
  }
}
