package top.xtlsoft.stoppablecontainer.agent.process;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_DIRECTORY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_PATH;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_RDONLY;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jnr.constants.platform.Errno;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.FileStatus;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;

/**
 * A process that is held on to: its number can't become another process' unnoticed. What is read of
 * it is read through its own folder in /proc, which is dead once the process is: each method that
 * looks there throws {@link NotYetException} then.
 */
public final class Requester implements AutoCloseable {

  private static final int MOST_PROC_BYTES = 4 << 20;

  /** Of include/linux/sched.h: the process has begun to end. */
  private static final int PF_EXITING = 0x4;

  /** Of the same: it was forked, and has not executed a program of its own yet. */
  private static final int PF_FORKNOEXEC = 0x40;

  /** Which fields of /proc/PID/stat these are, counted from behind its name: proc_pid_stat(5). */
  private static final int STAT_PARENT = 1;

  private static final int STAT_FLAGS = 6;

  /** More open files than these are not looked at. */
  private static final int MOST_FILES = 10_000;

  /** cgroupfs: .../ID, systemd: .../cri-containerd-ID.scope or ...:cri-containerd:ID. */
  private static final Pattern CONTAINER_ID =
      Pattern.compile("[/:-]([0-9a-f]{64})(\\.scope)?$", Pattern.MULTILINE);

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
      // EINVAL: the number is a thread's, which no lock of ours is held by.
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
    if (PodCgroup.of(podUid).matches(read("cgroup"))) {
      return true;
    }
    // cgroup v1 shows one that has begun to end, and may hold its locks still, at the top of each
    // hierarchy (proc_cgroup_show of kernel/cgroup/cgroup.c), so that tells nothing of its pod.
    if (hasBegunToEnd()) {
      throw hasEnded();
    }
    return false;
  }

  private boolean hasBegunToEnd() {
    return (Long.parseLong(stat()[STAT_FLAGS]) & PF_EXITING) != 0;
  }

  private String[] stat() {
    String stat = read("stat");
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
    String cgroup = read("cgroup");
    return PodCgroup.of(podUid).matches(cgroup) && cgroup.contains(containerId);
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
    Matcher id = CONTAINER_ID.matcher(read("cgroup"));
    return id.find() ? Optional.of(id.group(1)) : Optional.empty();
  }

  /** The mounts it sees. */
  public MountInfo mounts() {
    return MountInfo.parse(read("mountinfo"));
  }

  /** Whether its environment, as it was started, holds {@code entry} (NAME=value). */
  public boolean environmentHolds(String entry) {
    return ("\0" + read("environ")).contains("\0" + entry + "\0");
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

  private String read(String file) {
    try (Fd fd = open(file, O_RDONLY)) {
      return new String(linux.read(fd, MOST_PROC_BYTES), ISO_8859_1);
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
   * proc(5): what every process has is gone before the pidfd tells that the process has ended. The
   * mounts of one that has left its namespaces by then can't be opened: EINVAL.
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
