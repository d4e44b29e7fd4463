package top.xtlsoft.stoppablecontainer.agent.process;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;

/** Lists the processes of containers: one walk over the node's processes for all of them. */
public final class ContainerProcesses {

  private static final int MOST_STAT_BYTES = 4 << 10;

  private final LinuxSyscalls linux;

  public ContainerProcesses(LinuxSyscalls linux) {
    this.linux = linux;
  }

  /**
   * Processes by the id of their container. One that ends meanwhile is left out.
   *
   * @param podOfContainer UID of the pod by the id of the container
   * @param most a container's list ends after so many
   */
  public Map<String, List<ContainerProcess>> of(Map<String, String> podOfContainer, int most) {
    Map<String, List<ContainerProcess>> found = new HashMap<>();
    for (int pid : ProcFolder.processes()) {
      container(pid, podOfContainer)
          .map(id -> found.computeIfAbsent(id, _ -> new ArrayList<>()))
          .filter(list -> list.size() < most)
          .ifPresent(list -> process(pid).ifPresent(list::add));
    }
    return found;
  }

  private Optional<String> container(int pid, Map<String, String> podOfContainer) {
    return ProcFolder.cgroup(linux, pid)
        .flatMap(
            cgroup ->
                cgroup
                    .containerId()
                    .filter(
                        id ->
                            podOfContainer.containsKey(id) && cgroup.isOf(podOfContainer.get(id))));
  }

  private Optional<ContainerProcess> process(int pid) {
    try (Fd stat = linux.openat(Fd.CWD, "/proc/" + pid + "/stat", Linux.O_RDONLY, 0)) {
      return Optional.of(
          ContainerProcess.parse(pid, new String(linux.read(stat, MOST_STAT_BYTES), ISO_8859_1)));
    } catch (SyscallException e) {
      if (ProcFolder.hasEnded(e)) {
        return Optional.empty();
      }
      throw e;
    }
  }
}
