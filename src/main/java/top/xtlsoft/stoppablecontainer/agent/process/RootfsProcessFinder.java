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

  public RootfsProcessFinder(LinuxSyscalls linux) {
    this.linux = linux;
  }

  /**
   * The marked process in the requester's pod; the caller closes it.
   *
   * @return empty when it has not been started yet
   */
  public Optional<Requester> find(Requester requester, String podUid) {
    PodCgroup pod = PodCgroup.of(podUid);
    for (int pid : pidsNear(requester.pid())) {
      // A node has many processes, and to hold on to each costs more than this look.
      Optional<Requester> held = isIn(pod, pid) ? Requester.hold(linux, pid) : Optional.empty();
      if (held.isPresent()) {
        Requester process = held.get();
        if (isMarked(process, podUid)) {
          return held;
        }
        process.close();
      }
    }
    return Optional.empty();
  }

  private boolean isIn(PodCgroup pod, int pid) {
    return ProcFolder.cgroup(linux, pid).filter(pod::matches).isPresent();
  }

  private static boolean isMarked(Requester process, String podUid) {
    try {
      return process.belongsTo(podUid) && process.environmentHolds(MARKER);
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
