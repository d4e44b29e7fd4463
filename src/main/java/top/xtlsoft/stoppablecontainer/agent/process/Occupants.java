package top.xtlsoft.stoppablecontainer.agent.process;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;

/**
 * Which containers may have processes in which file system, as far as this agent knows: nothing
 * else lets one in. So a start has to look at the node's processes only when there may be others,
 * and the agent looks whether all are gone when their pod is gone, while no start waits for it.
 *
 * <p>The device identifies a file system. A number is given to another file system only when no
 * process can be in the old one any more, and ours begin with {@link #areNone}.
 */
public final class Occupants {

  private final LinuxSyscalls linux;
  private final PodProcesses processes;

  /** What is known of a device; no entry: nothing, as of all that an agent before attached. */
  private final Map<Long, Known> known = new ConcurrentHashMap<>();

  /**
   * Whose processes may be in a file system.
   *
   * @param containers the last container of each of these pods, by the pod's UID, and no other
   * @param entered how many were let in so far; distinguishes one visit of a pod from its next
   */
  private record Known(Map<String, String> containers, long entered) {

    private static final Known NONE = new Known(Map.of(), 0);

    Known with(String podUid, String containerId) {
      Map<String, String> all = new HashMap<>(containers);
      all.put(podUid, containerId);
      return new Known(Map.copyOf(all), entered + 1);
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
   * Lets a container in, if no other pod's process is in the file system.
   *
   * @return a process of another pod that is; the container is not let in then
   */
  public Optional<Integer> enter(long device, String podUid, String containerId) {
    Known before = known.get(device);
    if (before == null || !Set.of(podUid).containsAll(before.containers().keySet())) {
      Optional<Integer> other = processes.ofOthersOnDeviceOrOf(device, containers(before), podUid);
      if (other.isPresent()) {
        return other;
      }
      put(device, Known.NONE.with(podUid, containerId));
      return Optional.empty();
    }
    put(device, before.with(podUid, containerId));
    return Optional.empty();
  }

  private void put(long device, Known now) {
    known.merge(device, now, (old, mine) -> new Known(mine.containers(), old.entered() + 1));
  }

  /**
   * A process that may still write to the file system, whichever pod it is of; notes that there is
   * none, so that it is not looked for again.
   */
  public Optional<Integer> find(Fd rootfs) {
    return find(linux.stat(rootfs).dev());
  }

  Optional<Integer> find(long device) {
    Known before = known.get(device);
    if (before != null && before.containers().isEmpty()) {
      return Optional.empty();
    }
    Optional<Integer> found = processes.onDeviceOrOf(device, containers(before));
    if (found.isEmpty() && before != null) {
      // Not if one was let in meanwhile.
      known.replace(device, before, new Known(Map.of(), before.entered()));
    }
    return found;
  }

  private static Map<String, String> containers(@Nullable Known known) {
    return known == null ? Map.of() : known.containers();
  }
}
