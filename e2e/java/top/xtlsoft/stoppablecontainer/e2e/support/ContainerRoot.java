package top.xtlsoft.stoppablecontainer.e2e.support;

import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiPredicate;

/**
 * The root file system of a running container on the embedded node, without its mounts. Reading it
 * needs no program of the container.
 */
public final class ContainerRoot {

  private static final int ANYBODY_RUNS = 0111;
  private static final int OTHERS_WRITE = 0022;
  private static final int SET_ID = 06000;
  private static final int FEWEST = 50;

  private final Path process;
  private final Map<Path, Map<String, Object>> files;

  private ContainerRoot(Path process, Map<Path, Map<String, Object>> files) {
    this.process = process;
    this.files = files;
  }

  /** The root of the only container of an operator's or agent's pod. */
  public static ContainerRoot of(Pod pod) {
    Path process = Path.of("/proc", Long.toString(NodeProcesses.pid(SystemPods.containerId(pod))));
    Map<Path, Map<String, Object>> files = new TreeMap<>();
    Path root = process.resolve("root");
    try {
      // The kernel's link into the container.
      Object device = Files.getAttribute(Path.of(root + "/"), "unix:dev");
      Files.walkFileTree(
          Path.of(root + "/."),
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
                throws IOException {
              return add(folder) ? FileVisitResult.CONTINUE : FileVisitResult.SKIP_SUBTREE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              add(file);
              return FileVisitResult.CONTINUE;
            }

            private boolean add(Path file) throws IOException {
              Map<String, Object> facts =
                  Files.readAttributes(
                      file,
                      "unix:mode,uid,gid,dev,isRegularFile,isSymbolicLink",
                      LinkOption.NOFOLLOW_LINKS);
              boolean own = facts.get("dev").equals(device);
              if (own) {
                files.put(Path.of("/").resolve(root.relativize(file).normalize()), facts);
              }
              return own;
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException("cannot look into " + root, e);
    }
    if (files.size() < FEWEST) {
      throw new AssertionError("only " + files.size() + " files seen: this would prove nothing");
    }
    return new ContainerRoot(process, files);
  }

  /** Executable files, without libraries. */
  public List<String> programs() {
    return those(
        (file, facts) ->
            Boolean.TRUE.equals(facts.get("isRegularFile"))
                && (mode(facts) & ANYBODY_RUNS) != 0
                && !file.getFileName().toString().matches(".*\\.(so(\\..*)?|jar)"));
  }

  /** Files with set-user-ID or set-group-ID. */
  public List<String> setIds() {
    return those((file, facts) -> (mode(facts) & SET_ID) != 0);
  }

  /** Files and folders that root does not own or that others may write to. */
  public List<String> writable() {
    return those(
        (file, facts) ->
            !Boolean.TRUE.equals(facts.get("isSymbolicLink"))
                && ((mode(facts) & OTHERS_WRITE) != 0
                    || !facts.get("uid").equals(0)
                    || !facts.get("gid").equals(0)));
  }

  /** Mount options of a path in the container: "ro", "relatime". */
  public List<String> options(String mountPoint) {
    try {
      return Files.readAllLines(process.resolve("mountinfo")).stream()
          .map(line -> line.split(" "))
          .filter(fields -> fields[4].equals(mountPoint))
          .map(fields -> List.of(fields[5].split(",")))
          .findFirst()
          .orElseThrow(() -> new AssertionError("nothing is mounted at " + mountPoint));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<String> those(BiPredicate<Path, Map<String, Object>> wanted) {
    List<String> found = new ArrayList<>();
    files.forEach(
        (file, facts) -> {
          if (wanted.test(file, facts)) {
            found.add(file.toString());
          }
        });
    return found;
  }

  private static int mode(Map<String, Object> facts) {
    return (int) facts.get("mode");
  }
}
