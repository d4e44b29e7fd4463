package top.xtlsoft.stoppablecontainer.agent.attach;

import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_DIRECTORY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_PATH;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_IN_ROOT;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_NO_MAGICLINKS;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_NO_SYMLINKS;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import jnr.constants.platform.Errno;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.FileStatus;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Names;
import top.xtlsoft.stoppablecontainer.agent.linux.NamespaceThread;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.agent.process.MountEntry;
import top.xtlsoft.stoppablecontainer.agent.process.MountInfo;
import top.xtlsoft.stoppablecontainer.agent.process.Occupants;
import top.xtlsoft.stoppablecontainer.agent.process.OldRoot;
import top.xtlsoft.stoppablecontainer.agent.process.Requester;
import top.xtlsoft.stoppablecontainer.agent.process.UserNamespace;
import top.xtlsoft.stoppablecontainer.api.AgentReason;
import top.xtlsoft.stoppablecontainer.api.ApiNames;

/**
 * Gives a running container another root: all or nothing. The new root is put together over the
 * pod's request folder, where no process looks, and becomes {@code /} in one step (pivot_root);
 * until then whatever fails is undone by taking that one mount away.
 *
 * <p>Security: from setns into the container's mount namespace on, names would be the container's.
 * So the thread's root goes back to the agent's own at once and all work is done through
 * descriptors; only around pivot_root, which moves the caller's root, is it the container's.
 */
public final class ContainerAttacher {

  private static final Logger LOG = LoggerFactory.getLogger(ContainerAttacher.class);

  private static final long RESOLVE_IN_ROOT_BY_FILES = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  private static final long RESOLVE_OLD = RESOLVE_IN_ROOT_BY_FILES | RESOLVE_NO_SYMLINKS;

  private final LinuxSyscalls linux;
  private final Node node;
  private final MountPointMaker mountPoints;
  private final AttachLeftovers leftovers;
  private final NamespaceThread thread;
  private final Occupants occupants;

  public ContainerAttacher(LinuxSyscalls linux, Node node, Occupants occupants) {
    this.linux = linux;
    this.node = node;
    this.mountPoints = new MountPointMaker(linux);
    this.leftovers = new AttachLeftovers(linux, node);
    this.thread = NamespaceThread.keptReady(linux);
    this.occupants = occupants;
  }

  /**
   * Makes the file system the requester's root; where it is already, there is nothing to do. What
   * an agent began that was killed meanwhile is brought to its end.
   *
   * @param rootfs root of the mounted file system, in the node's mount namespace
   * @param files of the instance
   * @param users user namespace of the requester's pod, for whose users {@code rootfs} is mounted
   * @param writable whether the root becomes writable although the first root is read-only
   * @return the root as the requester sees it from now on; the caller closes it
   * @throws RefusedException when the container can't take it
   * @throws NotYetException when the requester ended meanwhile
   */
  public Attached attach(
      Requester requester, Fd rootfs, UserNamespace users, AttachedFiles files, boolean writable) {
    try {
      return attachLiving(requester, rootfs, users, files, writable);
    } catch (SyscallException e) {
      if (requester.isAlive()) {
        throw e;
      }
      // What is asked of a process that has ended fails in many ways, all of them to be expected.
      throw ended();
    }
  }

  private Attached attachLiving(
      Requester requester, Fd rootfs, UserNamespace users, AttachedFiles files, boolean writable) {
    FileStatus wanted = linux.stat(rootfs);
    MountInfo mounts = leftovers.remove(requester, wanted, users);
    if (isAttached(requester, rootfs)) {
      LOG.debug("File system is attached already");
      return new Attached(wanted, Optional.empty());
    }
    String workingDirectory = requester.workingDirectory();
    // Opened after the mounts were read: a process that left for a namespace of its own making
    // can't come back, so mounts read before were not of its making either.
    try (Fd namespace = requester.mountNamespace()) {
      users.requireOwnerOf(linux, namespace);
      MountEntry root = mounts.root().orElseThrow(ContainerAttacher::rootChanged);
      Optional<RefusedException> otherImage = refusal(files, root);
      AttachPlan plan = AttachPlan.of(mounts, workingDirectory, writable);
      if (otherImage.isEmpty()) {
        bringUp(requester, root, files, plan);
      }
      OldRoot oldRoot =
          enter(
              requester,
              rootfs,
              users,
              namespace,
              plan,
              files,
              old -> {
                // First: of another root than the container's the image says nothing.
                requireRoot(old, root);
                otherImage.ifPresent(
                    refused -> {
                      throw refused;
                    });
              });
      return new Attached(wanted, Optional.of(oldRoot));
    }
  }

  /** Outside of the container's namespace; of another root than its first one nothing is taken. */
  private void bringUp(Requester requester, MountEntry root, AttachedFiles files, AttachPlan plan) {
    try (Fd firstRoot = requester.root()) {
      requireRoot(firstRoot, root);
      files.bringUp(root, firstRoot, plan.places());
    }
  }

  private static Optional<RefusedException> refusal(AttachedFiles files, MountEntry root) {
    try {
      files.requireImage(root);
      return Optional.empty();
    } catch (RefusedException e) {
      return Optional.of(e);
    }
  }

  /**
   * No two pods may write to one file system: one that was deleted by force, or while its node was
   * out of the cluster, is gone from the API while its processes still run. From now on this pod's
   * may.
   *
   * @throws NotYetException while they do
   */
  public void requireAlone(Fd rootfs, String podUid, Requester requester) {
    occupants
        .enter(linux.stat(rootfs).dev(), podUid, requester.containerId().orElse(""))
        .ifPresent(
            pid -> {
              throw NotYetException.untilRetry(
                  "process "
                      + pid
                      + " of an earlier pod, which was deleted by force, still uses the file system");
            });
  }

  /** Whether the file system is the requester's root. */
  public boolean isAttached(Requester requester, Fd rootfs) {
    try (Fd root = requester.root()) {
      return isAt(linux, root, linux.stat(rootfs));
    }
  }

  /**
   * Whether that is the root of the file system. Any other root may be on a server that does not
   * answer: no more than its device is asked for.
   */
  static boolean isAt(LinuxSyscalls linux, Fd root, FileStatus wanted) {
    return linux.look(root).dev() == wanted.dev() && linux.stat(root).sameFile(wanted);
  }

  /**
   * A process that has called chroot(2) is shown the mounts below its root, by names from there:
   * another file system would go to /, without the mounts and flags of the container's own.
   */
  private void requireRoot(Fd oldRoot, MountEntry root) {
    if (linux.look(oldRoot).mountId() != root.id()) {
      throw rootChanged();
    }
  }

  private static RefusedException rootChanged() {
    return new RefusedException(
        AgentReason.REQUEST_NOT_ALLOWED,
        "the process that asks has another root than its container");
  }

  private static NotYetException ended() {
    return NotYetException.untilEvent("the requester ended before it was attached");
  }

  /**
   * The attach itself, once it is known to be right.
   *
   * @param check throws if the namespace's root is not the one that the plan was made for
   * @return the root that the container had; the caller closes it
   */
  OldRoot enter(
      Requester requester,
      Fd rootfs,
      UserNamespace users,
      Fd namespace,
      AttachPlan plan,
      AttachedFiles files,
      Consumer<Fd> check) {
    return thread.call(
        "attach", () -> enterHere(requester, rootfs, users, namespace, plan, files, check));
  }

  private OldRoot enterHere(
      Requester requester,
      Fd rootfs,
      UserNamespace users,
      Fd namespace,
      AttachPlan plan,
      AttachedFiles files,
      Consumer<Fd> check) {
    List<Fd> open = new ArrayList<>();
    List<Fd> old = new ArrayList<>();
    try {
      linux.setnsMount(node.mountNamespace());
      Fd tree = keep(open, linux.cloneMount(rootfs, false));
      linux.setnsMount(namespace);
      Fd oldRoot = keep(old, linux.openat(Fd.CWD, "/", O_PATH | O_DIRECTORY, 0));
      takeRoot(node.agentRoot());
      check.accept(oldRoot);
      linux.mountSetattr(tree, false, 0, Linux.MS_PRIVATE);
      if (!users.isNodes()) {
        linux.setFileSystemUser(users.firstUid(), users.firstGid());
      }

      // Copied before the new root covers one of them.
      List<Child> children = new ArrayList<>();
      for (String mountPoint : plan.children()) {
        children.add(copy(open, oldRoot, mountPoint));
      }
      List<OldRoot.Volume> volumes = new ArrayList<>();
      for (String volume : plan.volumes()) {
        Fd folder = keep(old, openOld(oldRoot, volume, O_DIRECTORY, RESOLVE_OLD));
        volumes.add(new OldRoot.Volume(volume, folder));
      }
      // The image may have a link there; wherever in the container that leads, it is the folder.
      Fd staging =
          keep(open, openOld(oldRoot, ApiNames.MOUNT_REQUEST, 0, RESOLVE_IN_ROOT_BY_FILES));
      if (plan.shared()) {
        keepUnshared(staging);
      }
      linux.moveMount(tree, staging);
      try {
        Set<Long> own = new HashSet<>();
        own.add(linux.look(tree).mountId());
        for (String volume : plan.volumes()) {
          layVolume(tree, own, volume, plan.readOnly());
        }
        if (plan.workingDirectory().isPresent()) {
          makeWorkingDirectory(tree, own, plan.workingDirectory().get());
        }
        List<String> made = new ArrayList<>();
        for (Child child : children) {
          try (Fd place = mountPoints.make(tree, own, child.mountPoint, child.directory, made)) {
            linux.moveMount(child.mount, place);
          }
          if (plan.unlocked().contains(child.mountPoint)) {
            linux.clearMountAttributes(child.mount, Linux.MOUNT_ATTR_RDONLY);
          }
        }
        if (!made.isEmpty()) {
          files.noteMountPoints(made);
        }
        if (plan.attributes() != 0) {
          linux.mountSetattr(tree, false, plan.attributes(), 0);
        }
        if (!requester.isAlive()) {
          throw ended();
        }
        takeRoot(oldRoot);
        linux.fchdir(tree);
        linux.pivotRootHere();
      } catch (RuntimeException e) {
        undo(tree, e);
        throw e;
      }
      dropOldRoot(oldRoot, tree);
      if (plan.shared()) {
        linux.mountSetattr(tree, false, 0, Linux.MS_SHARED);
      }
      takeRoot(node.agentRoot());
      return OldRoot.hold(linux, oldRoot, volumes);
    } catch (RuntimeException e) {
      takeRoot(node.agentRoot());
      old.forEach(Fd::close);
      throw e;
    } finally {
      // The thread ends here, but closing a descriptor may run code that was not loaded yet.
      open.reversed().forEach(Fd::close);
    }
  }

  /**
   * A container with a Bidirectional volume has shared mounts only (runc 1.2 and later apply the
   * propagation of the root to all of them), and pivot_root answers EINVAL for a root that lies on
   * a shared mount. The request folder's mount goes with the old root, so the pod loses nothing.
   */
  private void keepUnshared(Fd staging) {
    linux.mountSetattr(staging, false, 0, Linux.MS_PRIVATE);
  }

  /**
   * The kernel names mount points without symlinks. A volume's server is not asked what it is: a
   * folder is opened as one.
   */
  private Child copy(List<Fd> open, Fd oldRoot, String mountPoint) {
    Fd source;
    boolean directory = true;
    try {
      source = keep(open, openOld(oldRoot, mountPoint, O_DIRECTORY, RESOLVE_OLD));
    } catch (SyscallException e) {
      if (!e.is(Errno.ENOTDIR)) {
        throw e;
      }
      directory = false;
      source = keep(open, openOld(oldRoot, mountPoint, 0, RESOLVE_OLD));
    }
    return new Child(mountPoint, directory, keep(open, linux.cloneMount(source, true)));
  }

  /** As a mount of its own it stays writable when the root becomes read-only, as in any pod. */
  private void layVolume(Fd tree, Set<Long> own, String path, boolean ofItsOwn) {
    try (Fd place = mountPoints.make(tree, own, path, true)) {
      if (ofItsOwn) {
        try (Fd volume = linux.cloneMount(place, false)) {
          linux.moveMount(volume, place);
          own.add(linux.look(volume).mountId());
        }
      }
    }
  }

  /** The runtime made it as root; the container's user may not be allowed to. */
  private void makeWorkingDirectory(Fd tree, Set<Long> own, String path) {
    try {
      mountPoints.make(tree, own, path, true).close();
    } catch (RefusedException e) {
      // There is a file in its place: sc-exec finds that too, reports it, and starts in /.
      LOG.debug("Working directory not made: error={}", e.getMessage());
    }
  }

  /** After pivot_root the old root lies on top of the new one, and goes with all its mounts. */
  private void dropOldRoot(Fd oldRoot, Fd tree) {
    // A volume that is shared with the node would be unmounted on the node too.
    linux.mountSetattr(oldRoot, true, 0, Linux.MS_PRIVATE);
    linux.fchdir(tree);
    linux.umount(".", Linux.MNT_DETACH);
  }

  private void undo(Fd tree, RuntimeException cause) {
    try {
      takeRoot(node.agentRoot());
      linux.mountSetattr(tree, true, 0, Linux.MS_PRIVATE);
      linux.fchdir(tree);
      linux.umount(".", Linux.MNT_DETACH);
    } catch (RuntimeException e) {
      cause.addSuppressed(e);
    }
  }

  private void takeRoot(Fd root) {
    linux.fchdir(root);
    linux.chrootToCurrentDirectory();
  }

  private Fd openOld(Fd oldRoot, String mountPoint, int flags, long resolve) {
    return linux.openat2(oldRoot, Names.beneathRoot(mountPoint), O_PATH | flags, 0, resolve);
  }

  private static Fd keep(List<Fd> open, Fd fd) {
    open.add(fd);
    return fd;
  }

  private record Child(String mountPoint, boolean directory, Fd mount) {}
}
