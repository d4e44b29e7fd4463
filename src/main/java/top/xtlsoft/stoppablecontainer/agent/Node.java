package top.xtlsoft.stoppablecontainer.agent;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.FileStatus;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;

/**
 * What the agent holds open of its node as long as it runs: names would mean something else in
 * another mount namespace.
 *
 * @param agentRoot the agent's own root
 * @param root root of the node's PID 1
 * @param mountNamespace mount namespace of the node's PID 1
 * @param userNamespace user namespace of the agent, which is the node's
 * @param bootId which boot of the node this is
 */
public record Node(
    Fd agentRoot, Fd root, Fd mountNamespace, FileStatus userNamespace, String bootId) {

  private static final int MOST_BOOT_ID_BYTES = 64;

  /** Opens it all. */
  public static Node open(LinuxSyscalls linux) {
    Fd root = linux.openat(Fd.CWD, "/proc/1/root", Linux.O_PATH | Linux.O_DIRECTORY, 0);
    return new Node(
        linux.openat(Fd.CWD, "/", Linux.O_PATH | Linux.O_DIRECTORY, 0),
        root,
        linux.openat(Fd.CWD, "/proc/1/ns/mnt", Linux.O_RDONLY, 0),
        userNamespace(linux),
        bootId(linux, root));
  }

  private static FileStatus userNamespace(LinuxSyscalls linux) {
    try (Fd fd = linux.openat(Fd.CWD, "/proc/self/ns/user", Linux.O_RDONLY, 0)) {
      return linux.stat(fd);
    }
  }

  private static String bootId(LinuxSyscalls linux, Fd root) {
    try (Fd fd = linux.openat(root, "proc/sys/kernel/random/boot_id", Linux.O_RDONLY, 0)) {
      return new String(linux.read(fd, MOST_BOOT_ID_BYTES), ISO_8859_1).strip();
    }
  }
}
