package top.xtlsoft.stoppablecontainer.agent.process;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.api.ApiNames;

/** Finds the process of a provider pod that runs in the user's image and does nothing. */
public final class RootfsProcessFinder {

  private static final String MARKER = ApiNames.ENV_ROOTFS_MARKER + "=true";

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
    return ProcFolder.cgroup(linux, pid)
        .filter(found -> found.isOf(podUid))
        .flatMap(PodCgroup::containerId)
        .filter(containers::contains)
        .isPresent();
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
    return ProcFolder.processes().stream()
        .filter(other -> other != pid)
        .sorted(Comparator.comparingInt(other -> Math.abs(other - pid)))
        .toList();
  }
}
