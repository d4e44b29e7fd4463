package top.xtlsoft.stoppablecontainer.e2e.soak;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** Processes of the embedded node, which this machine sees too; found by their cgroup. */
final class NodeProcesses {

  private NodeProcesses() {}

  /** SIGKILL to a container's first process; false if there is none. */
  static boolean killFirst(String containerId) {
    List<ProcessHandle> processes =
        ProcessHandle.allProcesses().filter(p -> read(p, "cgroup").contains(containerId)).toList();
    List<ProcessHandle> first = processes.stream().filter(NodeProcesses::isFirst).toList();
    // A container in the node's PID namespace has no PID 1 of its own.
    List<ProcessHandle> targets = first.isEmpty() ? processes : first;
    return targets.stream().map(ProcessHandle::destroyForcibly).toList().contains(true);
  }

  /** Command lines of the processes of pods. */
  static List<String> ofPods(Set<String> podUids) {
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
