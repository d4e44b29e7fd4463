package top.xtlsoft.stoppablecontainer.agent.attach;

import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_DIRECTORY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_PATH;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_IN_ROOT;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_NO_MAGICLINKS;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_NO_SYMLINKS;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.FileStatus;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Names;
import top.xtlsoft.stoppablecontainer.agent.linux.NamespaceThread;
import top.xtlsoft.stoppablecontainer.agent.process.MountInfo;
import top.xtlsoft.stoppablecontainer.agent.process.Requester;
import top.xtlsoft.stoppablecontainer.agent.process.UserNamespace;
import top.xtlsoft.stoppablecontainer.api.ApiNames;

/**
 * Takes away what an agent left in a container that was killed in the middle of an attach: before
 * pivot_root the unfinished root over the request folder, after it the old root over the new one.
 * The container's own process sees neither, but {@code kubectl exec} would begin in the old root.
 */
final class AttachLeftovers {

  private static final Logger LOG = LoggerFactory.getLogger(AttachLeftovers.class);

  private final LinuxSyscalls linux;
  private final Node node;
  private final NamespaceThread thread;

  AttachLeftovers(LinuxSyscalls linux, Node node) {
    this.linux = linux;
    this.node = node;
    this.thread = new NamespaceThread(linux);
  }

  /**
   * Done when there is nothing of an unfinished attach, as nearly always.
   *
   * @param wanted root of the file system that is attached
   * @param users user namespace of the requester's pod
   * @return the mounts that the requester sees now
   */
  MountInfo remove(Requester requester, FileStatus wanted, UserNamespace users) {
    MountInfo mounts = requester.mounts();
    boolean attached;
    long root;
    try (Fd own = requester.root()) {
      attached = ContainerAttacher.isAt(linux, own, wanted);
      root = linux.look(own).mountId();
    }
    boolean covered = mounts.root().filter(top -> top.id() != root).isPresent();
    if (attached ? !covered : !isStaged(mounts)) {
      return mounts;
    }
    try (Fd namespace = requester.mountNamespace()) {
      users.requireOwnerOf(linux, namespace);
      thread.call("take-up", () -> removeHere(namespace, wanted, attached));
    }
    return requester.mounts();
  }

  private static boolean isStaged(MountInfo mounts) {
    return mounts.entries().stream()
            .filter(entry -> entry.mountPoint().equals(ApiNames.MOUNT_REQUEST))
            .count()
        > 1;
  }

  private Void removeHere(Fd namespace, FileStatus wanted, boolean attached) {
    linux.setnsMount(namespace);
    // The topmost mount at the namespace's root: the old root, in both cases.
    try (Fd top = linux.openat(Fd.CWD, "/", O_PATH | O_DIRECTORY, 0)) {
      takeAgentsRoot();
      if (attached) {
        if (!ContainerAttacher.isAt(linux, top, wanted)) {
          detach(top, "the old root");
        }
        return null;
      }
      try (Fd staging =
          linux.openat2(
              top,
              Names.beneathRoot(ApiNames.MOUNT_REQUEST),
              O_PATH,
              0,
              RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS)) {
        if (ContainerAttacher.isAt(linux, staging, wanted)) {
          detach(staging, "an unfinished root");
        }
      }
      return null;
    } finally {
      takeAgentsRoot();
    }
  }

  private void detach(Fd mount, String what) {
    // A volume that is shared with the node would be unmounted on the node too.
    linux.mountSetattr(mount, true, 0, Linux.MS_PRIVATE);
    linux.fchdir(mount);
    linux.umount(".", Linux.MNT_DETACH);
    LOG.info("Leftover of a killed agent removed: {}", what);
  }

  private void takeAgentsRoot() {
    linux.fchdir(node.agentRoot());
    linux.chrootToCurrentDirectory();
  }
}
