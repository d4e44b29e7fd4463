package top.xtlsoft.stoppablecontainer.agent.process;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.FileStatus;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.api.AgentReason;

/**
 * The user namespace of a pod's containers, see user_namespaces(7): that of the node, or with
 * {@code hostUsers: false} one of the pod's own, in which kubelet maps one range of users.
 *
 * @param file identity of the namespace
 * @param firstUid user of the node that is user 0 in it
 * @param firstGid group of the node that is group 0 in it
 * @param length how many users and groups it has
 */
public record UserNamespace(FileStatus file, int firstUid, int firstGid, long length) {

  /** The kernel shows an owner that a namespace has no number for as this one. */
  private static final int OVERFLOW_ID = 65534;

  private static final long ALL = 1L << 32;

  /** One line: first in the namespace, first outside, length. */
  private static final Pattern ONE_RANGE =
      Pattern.compile("\\s*0\\s+(\\d{1,10})\\s+(\\d{1,10})\\s*");

  /** The node's own. */
  public static UserNamespace ofNode(Node node) {
    return new UserNamespace(node.userNamespace(), 0, 0, ALL);
  }

  /**
   * That of a pod.
   *
   * @param hostUsers what the pod's spec says; with false the runtime makes the pod's namespace a
   *     child of the node's
   * @throws RefusedException RequestNotAllowed if the requester is in another namespace, which a
   *     process of the pod has made; UnsupportedUserNamespace if it maps anything but one range
   */
  public static UserNamespace of(
      LinuxSyscalls linux, Node node, Requester requester, boolean hostUsers) {
    if (hostUsers) {
      return ofNode(node);
    }
    try (Fd namespace = requester.userNamespace()) {
      FileStatus file = linux.stat(namespace);
      if (file.sameFile(node.userNamespace())) {
        return ofNode(node);
      }
      try (Fd parent = linux.parentUserNamespace(namespace)) {
        if (!linux.stat(parent).sameFile(node.userNamespace())) {
          throw new RefusedException(
              AgentReason.REQUEST_NOT_ALLOWED,
              "the process that asks has left the user namespace of its pod");
        }
      }
      Matcher users = range(requester.idMap("uid_map"));
      Matcher groups = range(requester.idMap("gid_map"));
      return new UserNamespace(
          file,
          Integer.parseUnsignedInt(users.group(1)),
          Integer.parseUnsignedInt(groups.group(1)),
          Math.min(Long.parseLong(users.group(2)), Long.parseLong(groups.group(2))));
    }
  }

  private static Matcher range(String map) {
    Matcher range = ONE_RANGE.matcher(map);
    if (!range.matches()) {
      throw new RefusedException(
          AgentReason.UNSUPPORTED_USER_NAMESPACE,
          "the user namespace of the pod (hostUsers: false) maps more than one range of users");
    }
    return range;
  }

  /** Whether it is the node's own. */
  public boolean isNodes() {
    return length == ALL;
  }

  /** Whether files of an owner on the disk are seen on the node as this owner, once mapped. */
  public boolean shows(FileStatus onDisk, FileStatus mapped) {
    return mapped.uid() == shown(onDisk.uid(), firstUid)
        && mapped.gid() == shown(onDisk.gid(), firstGid);
  }

  private int shown(int id, int first) {
    if (isNodes()) {
      return id;
    }
    return Integer.toUnsignedLong(id) < length ? first + id : OVERFLOW_ID;
  }

  /**
   * Makes sure that it owns a mount namespace. A pod may make user namespaces and in them mount
   * namespaces, whose mounts then say what it likes.
   *
   * @throws RefusedException UnsupportedUserNamespace
   */
  public void requireOwnerOf(LinuxSyscalls linux, Fd mountNamespace) {
    try (Fd owner = linux.owningUserNamespace(mountNamespace)) {
      if (!linux.stat(owner).sameFile(file)) {
        throw new RefusedException(
            AgentReason.UNSUPPORTED_USER_NAMESPACE,
            isNodes()
                ? "the container runs in a user namespace, and its pod's spec does not say so"
                    + " (hostUsers: false)"
                : "the container runs in another user namespace than its pod");
      }
    }
  }
}
