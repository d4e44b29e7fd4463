package top.xtlsoft.stoppablecontainer.agent.process;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import jnr.constants.platform.Errno;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.api.ApiNames;

/** Finds the process of a provider pod that runs in the user's image and does nothing. */
public final class RootfsProcessFinder {

  private static final String MARKER = ApiNames.ENV_ROOTFS_MARKER + "=true";

  private static final int MOST_CGROUP_BYTES = 64 << 10;

  private final LinuxSyscalls linux;

  private final RunningContainers runtime;

  /** Asks the container runtime for the ids of a pod's running containers of a name. */
  @FunctionalInterface
  public interface RunningContainers {
    List<String> ids(String podUid, String name);
  }

  public RootfsProcessFinder(LinuxSyscalls linux, RunningContainers runtime) {
    this.linux = linux;
    this.runtime = runtime;
  }

  /**
   * The marked process in the container that kubelet started as the pod's rootfs container; the
   * caller closes it. A debugging container in the pod, whatever its variables say, is another one.
   *
   * @param requester near which it is looked for
   * @return empty when it has not been started yet
   * @throws io.grpc.StatusRuntimeException when the runtime can't be reached
   */
  public Optional<Requester> find(Requester requester, String podUid) {
    List<String> containers = runtime.ids(podUid, ApiNames.CONTAINER_ROOTFS);
    if (containers.isEmpty()) {
      return Optional.empty();
    }
    for (int pid : pidsNear(requester.pid())) {
      // A node has many processes, and to hold on to each costs more than this look.
      Optional<Requester> held =
          isIn(podUid, containers, pid) ? Requester.hold(linux, pid) : Optional.empty();
      if (held.isPresent()) {
        Requester process = held.get();
        if (isMarked(process, podUid, containers)) {
          return held;
        }
        process.close();
      }
    }
    return Optional.empty();
  }

  private boolean isIn(String podUid, List<String> containers, int pid) {
    try (Fd cgroup = linux.openat(Fd.CWD, "/proc/" + pid + "/cgroup", Linux.O_RDONLY, 0)) {
      PodCgroup found =
          PodCgroup.parse(new String(linux.read(cgroup, MOST_CGROUP_BYTES), ISO_8859_1));
      return found.isOf(podUid) && found.containerId().filter(containers::contains).isPresent();
    } catch (SyscallException e) {
      if (e.is(Errno.ESRCH, Errno.ENOENT)) {
        return false;
      }
      throw e;
    }
  }

  private static boolean isMarked(Requester process, String podUid, List<String> containers) {
    try {
      return process.belongsTo(podUid)
          && process.containerId().filter(containers::contains).isPresent()
          && process.environmentHolds(MARKER);
    } catch (NotYetException endedMeanwhile) {
      return false;
    }
  }

  /** Both containers are started one after the other, so their processes' numbers are close. */
  private static List<Integer> pidsNear(int pid) {
    List<Integer> pids = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      all.forEach(path -> pids.add(Integer.parseInt(path.getFileName().toString())));
    } catch (IOException e) {
      throw new UncheckedIOException("can't list processes", e);
    }
    pids.remove(Integer.valueOf(pid));
    pids.sort(Comparator.comparingInt(other -> Math.abs(other - pid)));
    return pids;
  }
}
