package top.xtlsoft.stoppablecontainer.agent.process;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_DIRECTORY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_PATH;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_RDONLY;

import java.util.Optional;
import java.util.OptionalInt;
import jnr.constants.platform.Errno;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.FileStatus;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.api.AgentReason;

/**
 * A process that is held on to: its number can't become another process' unnoticed. What is read of
 * it is read through its own folder in /proc, which is dead once the process is: each method that
 * looks there throws {@link NotYetException} then.
 */
public final class Requester implements AutoCloseable {

  /** A path of 4 KiB for each hierarchy. */
  private static final int MOST_CGROUP_BYTES = 64 << 10;

  /**
   * Some 200 bytes a mount. A pod can have the kernel write megabytes of names, and the agent's
   * heap is 64 MiB.
   */
  private static final int MOST_MOUNTINFO_BYTES = 512 << 10;

  /** The marker that is looked for is one of the first variables, as kubelet writes them. */
  private static final int MOST_ENVIRON_BYTES = 64 << 10;

  private static final int MOST_STAT_BYTES = 4 << 10;

  /** At most 340 lines of three numbers: user_namespaces(7). */
  private static final int MOST_ID_MAP_BYTES = 16 << 10;

  /** Of include/linux/sched.h: the process has begun to end. */
  private static final int PF_EXITING = 0x4;

  /** Of the same: it was forked, and has not executed a program of its own yet. */
  private static final int PF_FORKNOEXEC = 0x40;

  /** Which fields of /proc/PID/stat these are, counted from behind its name: proc_pid_stat(5). */
  private static final int STAT_PARENT = 1;

  private static final int STAT_FLAGS = 6;

  /** More open files than these are not looked at. */
  private static final int MOST_FILES = 10_000;

  private final LinuxSyscalls linux;
  private final int pid;
  private final Fd pidfd;
  private final Fd proc;

  private Requester(LinuxSyscalls linux, int pid, Fd pidfd, Fd proc) {
    this.linux = linux;
    this.pid = pid;
    this.pidfd = pidfd;
    this.proc = proc;
  }

  /** Takes hold of a process; empty when there is none of that number any more. */
  public static Optional<Requester> hold(LinuxSyscalls linux, int pid) {
    Fd pidfd = null;
    try {
      pidfd = linux.pidfdOpen(pid);
      Requester held =
          new Requester(
              linux, pid, pidfd, linux.openat(Fd.CWD, "/proc/" + pid, O_PATH | O_DIRECTORY, 0));
      // Alive now, it had the number all the time: the folder is its own, not its successor's.
      if (held.isAlive()) {
        return Optional.of(held);
      }
      held.close();
      return Optional.empty();
    } catch (SyscallException e) {
      if (pidfd != null) {
        pidfd.close();
      }
      // EINVAL: the number is a thread's, which holds no lock of this project's files.
      if (e.is(Errno.ENOENT, Errno.ESRCH, Errno.EINVAL)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  public int pid() {
    return pid;
  }

  /** Whether the process still runs. */
  public boolean isAlive() {
    return !linux.hasEnded(pidfd);
  }

  /** Whether one of its cgroups is of that pod. */
  public boolean belongsTo(String podUid) {
    if (cgroup().isOf(podUid)) {
      return true;
    }
    // cgroup v1 shows one that has begun to end, and may hold its locks still, at the top of each
    // hierarchy (proc_cgroup_show of kernel/cgroup/cgroup.c), so that says nothing of its pod.
    if (hasBegunToEnd()) {
      throw hasEnded();
    }
    return false;
  }

  private boolean hasBegunToEnd() {
    return (Long.parseLong(stat()[STAT_FLAGS]) & PF_EXITING) != 0;
  }

  private String[] stat() {
    String stat = read("stat", MOST_STAT_BYTES);
    // Its name, in parentheses, may hold anything.
    return stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ");
  }

  /**
   * Number of its parent, if it has not executed a program since it was forked: a container runtime
   * makes a process of a container so.
   */
  OptionalInt parentOfFork() {
    String[] stat = stat();
    return (Long.parseLong(stat[STAT_FLAGS]) & PF_FORKNOEXEC) == 0
        ? OptionalInt.empty()
        : OptionalInt.of(Integer.parseInt(stat[STAT_PARENT]));
  }

  /** Whether it is in a container of that pod. */
  boolean isIn(String podUid, String containerId) {
    return cgroup().isOf(podUid, containerId);
  }

  /** Its program, as far as the kernel knows it without asking a server; empty when it has none. */
  public Optional<FileStatus> program() {
    try {
      return Optional.of(linux.look(proc, "exe"));
    } catch (SyscallException e) {
      return Optional.empty();
    }
  }

  /** Whether root, working directory or an open file of it is in there. */
  boolean uses(OldRoot oldRoot) {
    return ProcFolder.threads(pid).stream()
            .anyMatch(
                thread ->
                    isIn(oldRoot, "task/" + thread + "/root")
                        || isIn(oldRoot, "task/" + thread + "/cwd"))
        || hasOpen(oldRoot);
  }

  private boolean hasOpen(OldRoot oldRoot) {
    try (Fd files = open("fd", O_RDONLY | O_DIRECTORY)) {
      return linux.list(files, MOST_FILES).stream().anyMatch(file -> isIn(oldRoot, "fd/" + file));
    } catch (SyscallException e) {
      throw orEnded(e);
    }
  }

  private boolean isIn(OldRoot oldRoot, String place) {
    try {
      return oldRoot.holds(linux.look(proc, place));
    } catch (SyscallException closedOrElsewhere) {
      return false;
    }
  }

  /** Ends it at once; done as well when it has ended. */
  void kill() {
    try {
      linux.kill(pidfd);
    } catch (SyscallException e) {
      if (!ProcFolder.hasEnded(e)) {
        throw e;
      }
    }
  }

  /** The runtime's id of the container that it is in, which its cgroup is called after. */
  public Optional<String> containerId() {
    return cgroup().containerId();
  }

  private PodCgroup cgroup() {
    return PodCgroup.parse(read("cgroup", MOST_CGROUP_BYTES));
  }

  /**
   * The mounts it sees.
   *
   * @throws RefusedException MountPointConflict when their list is longer than any that is meant
   */
  public MountInfo mounts() {
    String text = read("mountinfo", MOST_MOUNTINFO_BYTES + 1);
    if (text.length() > MOST_MOUNTINFO_BYTES) {
      throw new RefusedException(
          AgentReason.MOUNT_POINT_CONFLICT,
          "the container's list of mounts is longer than "
              + MOST_MOUNTINFO_BYTES
              + " bytes: give it fewer mounts, or shorter paths");
    }
    return MountInfo.parse(text);
  }

  /** Whether its environment, as it was started, holds {@code entry} (NAME=value). */
  public boolean environmentHolds(String entry) {
    return ("\0" + read("environ", MOST_ENVIRON_BYTES)).contains("\0" + entry + "\0");
  }

  /** Its root folder. */
  public Fd root() {
    return open("root", O_PATH | O_DIRECTORY);
  }

  /** Path of its working directory, seen from its root. */
  public String workingDirectory() {
    try {
      return linux.readlinkat(proc, "cwd").orElse("/");
    } catch (SyscallException e) {
      throw orEnded(e);
    }
  }

  /** Its mount namespace. */
  public Fd mountNamespace() {
    return open("ns/mnt", O_RDONLY);
  }

  /** Its user namespace. */
  public Fd userNamespace() {
    return open("ns/user", O_RDONLY);
  }

  /**
   * Which users or groups of the node those of its user namespace are.
   *
   * @param file {@code uid_map} or {@code gid_map}
   */
  String idMap(String file) {
    return read(file, MOST_ID_MAP_BYTES);
  }

  private String read(String file, int mostBytes) {
    try (Fd fd = open(file, O_RDONLY)) {
      return new String(linux.read(fd, mostBytes), ISO_8859_1);
    } catch (SyscallException e) {
      throw orEnded(e);
    }
  }

  private Fd open(String file, int flags) {
    try {
      return linux.openat(proc, file, flags, 0);
    } catch (SyscallException e) {
      throw orEnded(e);
    }
  }

  /**
   * proc(5): what every process has is gone before the pidfd reports that the process has ended.
   * The mounts of one that has left its namespaces by then can't be opened: EINVAL.
   */
  private RuntimeException orEnded(SyscallException e) {
    return e.is(Errno.ENOENT, Errno.ESRCH, Errno.EINVAL) ? hasEnded() : e;
  }

  private NotYetException hasEnded() {
    return NotYetException.untilRetry("process %d has ended".formatted(pid));
  }

  @Override
  public void close() {
    pidfd.close();
    proc.close();
  }
}
