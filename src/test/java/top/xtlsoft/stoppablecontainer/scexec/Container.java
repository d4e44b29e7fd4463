package top.xtlsoft.stoppablecontainer.scexec;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * A container as sc-exec sees one: a root folder with {@code /.sc-bin}, {@code /.sc-request} and
 * {@code /.sc-ready}, in which a program becomes PID 1 of its own pid and mount namespace. The test
 * plays the node agent from outside, in the same files.
 *
 * <p>Signals are as a runtime leaves them, whatever the caller of the tests ignores (a shell has
 * its background jobs ignore SIGINT).
 *
 * <p>Besides, {@code /persistent} is the root that {@link #attach} puts in place of the first.
 */
final class Container implements AutoCloseable {

  private static final String SET_UP =
      """
      set -e
      mount --bind "$ROOT" "$ROOT"
      mount --rbind -o ro /usr "$ROOT/usr"
      mount --rbind /dev "$ROOT/dev"
      mount -t proc proc "$ROOT/proc"
      cd "$ROOT"; pivot_root . .; umount -l .
      cd "$DIRECTORY"
      exec setpriv --reuid="$USER_ID" --regid="$USER_ID" --clear-groups --bounding-set=-all \
        --inh-caps=-all env -i --default-signal $VARIABLES "$@"
      """;

  private static final String ATTACH =
      """
      set -e
      cd /
      mount --bind /persistent /persistent
      mount --make-private /persistent
      for folder in usr dev proc .sc-bin .sc-request .sc-ready; do
        mount --rbind "/$folder" "/persistent/$folder"
      done
      cd /persistent; pivot_root . .; umount -l .
      """;

  private final Path root;
  private String directory = "/";
  private String variables = "PATH=/usr/bin:/bin";
  private int userId = 0;
  private List<String> network = List.of();

  private Container(Path root) {
    this.root = root;
  }

  static Container create() {
    try {
      if (!Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
        throw new IllegalStateException("these tests make namespaces and mounts: run them as root");
      }
      Path root = Files.createTempDirectory("sc-exec-root-");
      Container container = new Container(root);
      container.lay(root);
      container.lay(root.resolve("persistent"));
      for (String program : List.of("sc-exec", "pause", "wake")) {
        Files.copy(Binaries.program(program), root.resolve(".sc-bin").resolve(program));
      }
      return container;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void lay(Path folder) throws IOException {
    for (String name :
        List.of("usr", "dev", "proc", "etc", "tmp", ".sc-bin", ".sc-request", ".sc-ready")) {
      Files.createDirectories(folder.resolve(name));
    }
    for (String link : List.of("bin", "sbin", "lib", "lib64")) {
      Files.createSymbolicLink(folder.resolve(link), Path.of("usr", link));
    }
    for (String open : List.of("", ".sc-request", "tmp")) {
      Files.setPosixFilePermissions(
          folder.resolve(open),
          PosixFilePermissions.fromString(open.isEmpty() ? "rwxr-xr-x" : "rwxrwxrwx"));
    }
    Files.writeString(
        folder.resolve("etc/passwd"),
        "root:x:0:0:root:/root:/bin/sh\nada:x:1000:1000:Ada:/home/ada:/bin/sh\n");
  }

  Container inDirectory(String path) {
    directory = path;
    return this;
  }

  /** All variables of the first process, separated by spaces, in the form {@code env} takes. */
  Container withVariables(String assignments) {
    variables = assignments;
    return this;
  }

  Container asUser(int id) {
    userId = id;
    return this;
  }

  /** In a network namespace of that name, as {@code ip netns} makes it. */
  Container inNetwork(String name) {
    network = List.of("nsenter", "--net=/run/netns/" + name);
    return this;
  }

  /** A path of the container, seen from outside. */
  Path path(String inside) {
    return root.resolve(inside.substring(1));
  }

  Path write(String inside, String text) {
    try {
      Files.createDirectories(path(inside).getParent());
      return Files.writeString(path(inside), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** An executable file of the container. */
  Path program(String inside, String text) {
    try {
      return Files.setPosixFilePermissions(
          write(inside, text), PosixFilePermissions.fromString("rwxr-xr-x"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Started start(String... command) {
    List<String> all = new ArrayList<>(network);
    all.addAll(
        List.of(
            "env",
            "ROOT=" + root,
            "DIRECTORY=" + directory,
            "VARIABLES=" + variables,
            "USER_ID=" + userId));
    all.addAll(List.of("unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation"));
    all.addAll(List.of("private", "sh", "-c", SET_UP, "sh"));
    all.addAll(List.of(command));
    return Started.start(all);
  }

  /** Starts sc-exec as the container's first process. */
  Started startScExec(String... arguments) {
    return start(
        Stream.concat(Stream.of("/.sc-bin/sc-exec"), Stream.of(arguments)).toArray(String[]::new));
  }

  Finished run(String... command) {
    try (Started started = start(command)) {
      return started.finish();
    }
  }

  /** Runs a script as the container's first process; in it, {@code $E} is sc-exec. */
  Finished script(String text) {
    return run("sh", "-c", "E=/.sc-bin/sc-exec\n" + text);
  }

  /** Waits for the request, as the agent does, and returns its identity. */
  String awaitRequest() {
    return awaitRequestOtherThan("");
  }

  String awaitRequestOtherThan(String earlier) {
    Path request = path("/.sc-request/request.json");
    Awaitility.await()
        .atMost(20, TimeUnit.SECONDS)
        .pollInterval(5, TimeUnit.MILLISECONDS)
        .until(() -> Files.exists(request) && !identity(request).equals(earlier));
    return identity(request);
  }

  private static String identity(Path file) {
    try {
      FileTime time = (FileTime) Files.getAttribute(file, "unix:lastModifiedTime");
      return "%s.%d.%d"
          .formatted(
              Files.getAttribute(file, "unix:ino"),
              time.toInstant().getEpochSecond(),
              time.toInstant().getNano());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The root in which the first process was started. */
  String firstRoot() {
    return identityOfRoot(root);
  }

  /** The root that {@link #attach} puts in place. */
  String persistentRoot() {
    return identityOfRoot(root.resolve("persistent"));
  }

  private static String identityOfRoot(Path folder) {
    try {
      return "%s:%s"
          .formatted(
              Files.getAttribute(folder, "unix:dev"), Files.getAttribute(folder, "unix:ino"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Puts ready.json in place as the agent does: whole, by rename. */
  void answer(String json) {
    try {
      Path draft = write("/.sc-ready/.ready.json.new", json);
      Files.move(draft, path("/.sc-ready/ready.json"), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void answerReady(String request, String root) {
    answerReady(request, root, "[]", "[]");
  }

  void answerReady(String request, String root, String entrypoint, String cmd) {
    answer(
        """
        {"version":1,"request":"%s","result":"ready","root":"%s","entrypoint":%s,"cmd":%s}
        """
            .formatted(request, root, entrypoint, cmd));
  }

  void answerRefused(String request, String reason, String message) {
    answer(
        """
        {"version":1,"request":"%s","result":"refused","reason":"%s","message":"%s"}
        """
            .formatted(request, reason, message));
  }

  /** Makes {@code /persistent} the root of all processes of the container, as the agent does. */
  void attach(Started container) {
    Finished attached =
        Started.run(
            List.of(
                "nsenter",
                "--mount",
                "--pid", // else /proc, which umount reads, is another pid namespace's
                "--target",
                Long.toString(container.firstInside().pid()),
                "sh",
                "-c",
                ATTACH));
    assertEquals(0, attached.exitCode(), attached::stderr);
  }

  @Override
  public void close() {
    // The mounts died with their namespace: what is left are plain files.
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
