package top.xtlsoft.stoppablecontainer.agent.process;

import java.util.Map;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;

/**
 * Looks for processes of pods that live in a file system. A pod that was deleted by force is gone
 * from the API while its processes may still write.
 *
 * <p>A process lives there as long as the root or the working directory of one of its threads does.
 * One that hides both ({@code chroot}, a mount namespace of its own) is still in the cgroup of its
 * container: where that is known, all its processes count.
 */
public final class PodProcesses {

  private static final Logger LOG = LoggerFactory.getLogger(PodProcesses.class);

  /**
   * Links of the folder {@code task} of a process with one thread: a folder's own two, and one for
   * each thread (proc_task_getattr() of the kernel's fs/proc/base.c).
   */
  private static final int LINKS_OF_ONE = 3;

  private final LinuxSyscalls linux;

  public PodProcesses(LinuxSyscalls linux) {
    this.linux = linux;
  }

  /** Number of a pod's process that lives on that device, if there is one. */
  public Optional<Integer> onDevice(long device) {
    return onDeviceOrOf(device, Map.of());
  }

  /**
   * The same, or of a process of one of those containers, wherever it lives.
   *
   * @param containers the id of a container by its pod's UID
   */
  Optional<Integer> onDeviceOrOf(long device, Map<String, String> containers) {
    return find(device, containers, PodCgroup::isOfAnyPod);
  }

  /** The same, of any pod but that one. */
  Optional<Integer> ofOthersOnDeviceOrOf(
      long device, Map<String, String> containers, String podUid) {
    return find(device, containers, cgroup -> cgroup.isOfAnyPod() && !cgroup.isOf(podUid));
  }

  private static boolean isOf(PodCgroup cgroup, Map<String, String> containers) {
    return containers.entrySet().stream()
        .anyMatch(container -> cgroup.isOf(container.getKey(), container.getValue()));
  }

  private boolean livesOn(Fd thread, long device) {
    return isOn(thread, "root", device) || isOn(thread, "cwd", device);
  }

  private Optional<Integer> find(
      long device, Map<String, String> containers, Predicate<PodCgroup> wantedCgroup) {
    BiPredicate<PodCgroup, Fd> livesThere =
        (cgroup, thread) -> livesOn(thread, device) || isOf(cgroup, containers) && isAlive(thread);
    return ProcFolder.processes().stream()
        .filter(pid -> holds(pid, wantedCgroup, livesThere))
        .findFirst();
  }

  /**
   * Whether the process' first thread, or one of the others, is wanted. A first thread that has
   * ended (pthread_exit in main) has no root any more, and in a hierarchy of cgroup v1 it is shown
   * at the top: what the others can still do is seen at them alone. Each thread may have a root and
   * working directory of its own (CLONE_FS).
   */
  private boolean holds(
      int pid, Predicate<PodCgroup> wantedCgroup, BiPredicate<PodCgroup, Fd> livesThere) {
    String process = "/proc/" + pid;
    try (Fd first = linux.openat(Fd.CWD, process, Linux.O_PATH | Linux.O_DIRECTORY, 0)) {
      PodCgroup cgroup = cgroup(first);
      boolean isWanted = wantedCgroup.test(cgroup);
      if (isWanted && livesThere.test(cgroup, first)) {
        return true;
      }
      if (!isWanted && isAlive(first) || linux.statAt(first, "task").links() == LINKS_OF_ONE) {
        return false;
      }
    } catch (SyscallException e) {
      if (ProcFolder.hasEnded(e)) {
        return false;
      }
      throw e;
    }
    return ProcFolder.threads(pid).stream()
        .filter(thread -> thread != pid)
        .anyMatch(thread -> is(process + "/task/" + thread, wantedCgroup, livesThere));
  }

  /** All is read through one folder, so that it is of one thread and not of its successor. */
  private boolean is(
      String thread, Predicate<PodCgroup> wantedCgroup, BiPredicate<PodCgroup, Fd> livesThere) {
    try (Fd folder = linux.openat(Fd.CWD, thread, Linux.O_PATH | Linux.O_DIRECTORY, 0)) {
      PodCgroup cgroup = cgroup(folder);
      return wantedCgroup.test(cgroup) && livesThere.test(cgroup, folder);
    } catch (SyscallException e) {
      if (ProcFolder.hasEnded(e)) {
        return false;
      }
      throw e;
    }
  }

  /** An error of one that has not ended is a foreign file system's, and so not the wanted one's. */
  private boolean isOn(Fd thread, String place, long device) {
    try {
      return linux.look(thread, place).dev() == device;
    } catch (SyscallException elsewhere) {
      LOG.debug("No look at a process: {}", elsewhere.getMessage());
      return false;
    }
  }

  /** One that has ended and was not waited for has no root any more, and writes nothing. */
  private boolean isAlive(Fd thread) {
    try {
      linux.look(thread, "root");
      return true;
    } catch (SyscallException e) {
      return !ProcFolder.hasEnded(e);
    }
  }

  private PodCgroup cgroup(Fd thread) {
    try (Fd cgroup = linux.openat(thread, "cgroup", Linux.O_RDONLY, 0)) {
      return ProcFolder.cgroup(linux, cgroup);
    }
  }
}
