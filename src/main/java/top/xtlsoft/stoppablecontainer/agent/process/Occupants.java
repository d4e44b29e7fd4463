package top.xtlsoft.stoppablecontainer.agent.process;

import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;

/**
 * Which pods may have processes in which file system, as far as this agent knows: nobody else lets
 * a pod in. So a start has to look at the node's processes only when there may be others, and the
 * look that shows that all are gone is taken when their pod is, with nobody waiting for it.
 *
 * <p>File systems are told apart by their devices. A number is given to another file system only
 * when no process can be in the old one any more, and ours begin with {@link #areNone}.
 */
public final class Occupants {

  private final LinuxSyscalls linux;
  private final PodProcesses processes;

  /** What is known of a device; no entry: nothing, as of all that an agent before attached. */
  private final Map<Long, Known> known = new ConcurrentHashMap<>();

  /**
   * Whose processes may be in a file system.
   *
   * @param podUids of these pods, and of no other
   * @param entered how many were let in so far; tells one visit of a pod from its next
   */
  private record Known(Set<String> podUids, long entered) {

    private static final Known NONE = new Known(Set.of(), 0);

    Known with(String podUid) {
      Set<String> all = new HashSet<>(podUids);
      all.add(podUid);
      return new Known(Set.copyOf(all), entered + 1);
    }
  }

  public Occupants(LinuxSyscalls linux) {
    this.linux = linux;
    this.processes = new PodProcesses(linux);
  }

  /** Notes that no process can be in a file system: it was just made. */
  public void areNone(long device) {
    known.put(device, Known.NONE);
  }

  /**
   * Lets a pod in, if no other pod's process is in the file system.
   *
   * @return a process of another pod that is; the pod is not let in then
   */
  public Optional<Integer> enter(long device, String podUid) {
    Known before = known.get(device);
    if (before == null || !Set.of(podUid).containsAll(before.podUids())) {
      Optional<Integer> other = processes.ofOthersOnDevice(device, podUid);
      if (other.isPresent()) {
        return other;
      }
      before = Known.NONE;
    }
    Known now = before.with(podUid);
    known.merge(device, now, (old, mine) -> new Known(mine.podUids(), old.entered() + 1));
    return Optional.empty();
  }

  /**
   * Looks whether all processes of those are gone that were let in, unless that is known already.
   * Of a file system that nobody was let in by this agent it finds nothing out.
   */
  public void lookAgain(Fd rootfs) {
    lookAgain(linux.stat(rootfs).dev());
  }

  void lookAgain(long device) {
    Known before = known.get(device);
    if (before == null || before.podUids().isEmpty() || processes.onDevice(device).isPresent()) {
      return;
    }
    // Not if one was let in meanwhile.
    known.replace(device, before, new Known(Set.of(), before.entered()));
  }
}
