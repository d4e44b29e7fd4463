package top.xtlsoft.stoppablecontainer.agent;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.awaitility.Awaitility;
import top.xtlsoft.stoppablecontainer.agent.process.MountInfo;
import top.xtlsoft.stoppablecontainer.agent.process.ReusedPid;

/**
 * A process that waits in a mount namespace of its own, whose root is an overlay over {@code image}
 * as a container runtime lays it, with the mounts of a pod of an instance.
 */
public final class FakeContainer implements AutoCloseable {

  /**
   * Where containerd keeps what it mounts over a folder that the image calls VOLUME: {@code /data},
   * if this folder is there.
   */
  public static final String VOLUME =
      "io.containerd.grpc.v1.cri/containers/" + "c".repeat(64) + "/volumes/data";

  private static final String SET_UP =
      """
      set -e
      mount -t overlay overlay -o "lowerdir=$BASE/layer:$BASE/image,upperdir=$BASE/own,workdir=$BASE/own-work" "$BASE/root"
      cd "$BASE/root"
      mkdir -p proc vol old .sc-request .sc-ready usr
      touch hosts
      mount -t proc proc proc
      mount --rbind -o ro /usr usr
      for link in bin lib lib64 sbin; do [ -e /$link ] && ln -sfn usr/$link $link; done
      for name in .sc-request .sc-ready; do mount --bind "$BASE/$name" $name; done
      mount -t tmpfs -o size=64k volume vol
      echo volume > vol/file
      mount --bind "$BASE/hosts" hosts
      if [ -d "$BASE/$VOLUME" ]; then mkdir -p data; mount --bind "$BASE/$VOLUME" data; fi
      mkdir -p vol/inner
      mount -t tmpfs -o size=64k inner vol/inner
      pivot_root . old
      umount -l /old
      mkdir -p /work/inner
      cd /work/inner
      echo > /.sc-ready/started
      exec sleep 1000
      """;

  private final Process process;
  private final Path base;

  private FakeContainer(Process process, Path base) {
    this.process = process;
    this.base = base;
  }

  /** Starts one over {@code base/layer} and {@code base/image}. */
  public static FakeContainer start(Path base) throws IOException {
    return start(base, ProcessBuilder::start);
  }

  /** Starts one whose process has a number that another had. */
  public static FakeContainer start(Path base, int pid) throws IOException {
    return start(base, builder -> ReusedPid.start(pid, builder::start));
  }

  private static FakeContainer start(Path base, Starter starter) throws IOException {
    for (String folder :
        List.of("image", "layer", "own", "own-work", "root", ".sc-request", ".sc-ready")) {
      Files.createDirectories(base.resolve(folder));
    }
    Files.writeString(base.resolve("hosts"), "127.0.0.1 localhost\n");
    ProcessBuilder builder =
        new ProcessBuilder("unshare", "--mount", "--propagation", "private", "bash", "-c", SET_UP);
    builder.environment().put("BASE", base.toString());
    builder.environment().put("VOLUME", VOLUME);
    builder.redirectErrorStream(true).redirectOutput(new File(base.toFile(), "log"));
    FakeContainer container = new FakeContainer(starter.start(builder), base);
    Awaitility.await()
        .failFast("the container ended, see its log", () -> !container.process.isAlive())
        .until(() -> Files.exists(base.resolve(".sc-ready/started")));
    return container;
  }

  /** How the process is started. */
  @FunctionalInterface
  private interface Starter {
    Process start(ProcessBuilder builder) throws IOException;
  }

  public int pid() {
    return (int) process.pid();
  }

  /** A path of the container's, as seen from outside. */
  public Path path(String path) {
    return Path.of("/proc/" + pid() + "/root" + path);
  }

  /** Its mounts without the numbers that tell them apart. */
  public List<String> mounts() throws IOException {
    return MountInfo.parse(Files.readString(Path.of("/proc/" + pid() + "/mountinfo")))
        .entries()
        .stream()
        .map(entry -> entry.mountPoint() + " " + entry.type() + " " + entry.root())
        .toList();
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly().onExit().join();
    Files.deleteIfExists(base.resolve(".sc-ready/started"));
  }
}
