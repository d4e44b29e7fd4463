package top.xtlsoft.stoppablecontainer.agent.activity;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import top.xtlsoft.stoppablecontainer.agent.process.ContainerProcess;

/**
 * How much processor time a container takes between two looks.
 *
 * <p>The times of its processes count, and not those of its cgroup: there a probe that kubelet
 * executes every second looks like work. A process that has ended counts at the parent that has
 * waited for it, so a build counts, and kubelet's probe, whose parent is the runtime, does not.
 */
final class ProcessorTime {

  /** What a container with its eyes open takes: a language server that waits, a web server. */
  static final int FLOOR_MILLICORES = 20;

  private Map<Integer, Times> last = Map.of();
  private long lastTicks = -1;

  private record Times(long start, long cpu) {}

  /**
   * Whether the container has worked since the last look; false at the first look.
   *
   * @param nowTicks time since the boot, in hundredths of a second
   */
  boolean isAboveFloor(List<ContainerProcess> processes, long nowTicks) {
    Map<Integer, Times> now = HashMap.newHashMap(processes.size());
    long spent = 0;
    for (ContainerProcess process : processes) {
      Times before = last.get(process.pid());
      now.put(process.pid(), new Times(process.startTicks(), process.cpuTicks()));
      boolean isKnown = before != null && before.start == process.startTicks();
      spent += process.cpuTicks() - (isKnown ? before.cpu : 0);
    }
    long time = nowTicks - lastTicks;
    boolean isFirst = lastTicks < 0;
    last = now;
    lastTicks = nowTicks;
    return !isFirst && time > 0 && spent * 1000 > time * FLOOR_MILLICORES;
  }
}
