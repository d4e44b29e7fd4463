package top.xtlsoft.stoppablecontainer.agent.process;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The mounts of the node's own mount namespace. A container runtime mounts the root of a container
 * there before it starts the container, and no pod mounts anything there, unless it is allowed to
 * do anything on the node.
 */
public final class NodeMounts {

  private final Path mountInfo;

  /**
   * Reads the mounts of the node's first process.
   *
   * @param mountInfo its {@code /proc/1/mountinfo}
   */
  public NodeMounts(Path mountInfo) {
    this.mountInfo = mountInfo;
  }

  /**
   * Whether the node itself sees the file system of that mount. The file is read line by line,
   * because a full node has a megabyte of it.
   *
   * @param mount of a container
   * @throws UncheckedIOException when the node's mounts can't be read
   */
  public boolean show(MountEntry mount) {
    try (BufferedReader lines = Files.newBufferedReader(mountInfo, ISO_8859_1)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (isOf(line, mount.device())) {
          return true;
        }
      }
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The third field is the device. */
  private static boolean isOf(String line, String device) {
    String[] fields = line.split(" ", 4);
    return fields.length == 4 && fields[2].equals(device);
  }
}
