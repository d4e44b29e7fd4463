package top.xtlsoft.stoppablecontainer.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;

/**
 * Looks for processes of pods that live in a file system. A pod that was deleted by force is gone
 * from the API while its processes may still write.
 */
final class PodProcesses {

  private final LinuxSyscalls linux;

  PodProcesses(LinuxSyscalls linux) {
    this.linux = linux;
  }

  /** Number of a pod's process whose root is on that device, if there is one. */
  Optional<Integer> onDevice(long device) {
    try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path path : all) {
        int pid = Integer.parseInt(path.getFileName().toString());
        if (livesOn(pid, device)) {
          return Optional.of(pid);
        }
      }
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException("can't list processes", e);
    }
  }

  private boolean livesOn(int pid, long device) {
    try (Requester process = Requester.hold(linux, pid).orElse(null)) {
      if (process == null) {
        return false;
      }
      try (Fd root = process.root()) {
        return linux.stat(root).dev() == device && process.isOfAPod();
      }
    } catch (NotYetException endedMeanwhileOrThreadOfTheKernel) {
      return false;
    }
  }
}
