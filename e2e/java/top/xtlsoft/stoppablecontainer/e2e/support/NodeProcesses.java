package top.xtlsoft.stoppablecontainer.e2e.support;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** Processes of the embedded node, found in this machine's /proc by their cgroup. */
public final class NodeProcesses {

  private NodeProcesses() {}

  /** Kills a container's first process (SIGKILL); false if there is none. */
  public static boolean killFirst(String containerId) {
    List<ProcessHandle> targets = first(containerId);
    return targets.stream().map(ProcessHandle::destroyForcibly).toList().contains(true);
  }

  /** Sends a signal to a container's first process, which must exist. */
  public static void signal(String containerId, String signal) {
    ProcessHandle process = first(containerId).getFirst();
    Command.run(List.of("kill", "-" + signal, Long.toString(process.pid())), "", Timeouts.COMMAND)
        .ok();
  }

  /** This machine's PID of a container's first process. */
  public static long pid(String containerId) {
    return first(containerId).getFirst().pid();
  }

  private static List<ProcessHandle> first(String containerId) {
    List<ProcessHandle> processes =
        ProcessHandle.allProcesses().filter(p -> read(p, "cgroup").contains(containerId)).toList();
    List<ProcessHandle> first = processes.stream().filter(NodeProcesses::isFirst).toList();
    // A container in the node's PID namespace has no own PID 1.
    return first.isEmpty() ? processes : first;
  }

  /** Command lines of the processes of pods. */
  public static List<String> ofPods(Set<String> podUids) {
    return ProcessHandle.allProcesses()
        .filter(
            process -> {
              String cgroup = read(process, "cgroup");
              return podUids.stream().anyMatch(uid -> cgroup.contains("pod" + uid));
            })
        .map(process -> process.pid() + " " + read(process, "cmdline").replace('\0', ' '))
        .toList();
  }

  private static boolean isFirst(ProcessHandle process) {
    return read(process, "status")
        .lines()
        .anyMatch(line -> line.startsWith("NSpid:") && line.endsWith("\t1"));
  }

  private static String read(ProcessHandle process, String file) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(process.pid()), file));
    } catch (IOException e) {
      // It ended meanwhile.
      return "";
    }
  }
}
