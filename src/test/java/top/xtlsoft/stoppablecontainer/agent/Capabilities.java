package top.xtlsoft.stoppablecontainer.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the process of the tests may do: root on a machine that is a container lacks rights. */
public final class Capabilities {

  private static final int SYS_RESOURCE = 24;

  private Capabilities() {}

  /** Whether it has CAP_SYS_RESOURCE, without which the kernel enlarges no file system. */
  public static boolean hasSysResource() throws IOException {
    String line =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(status -> status.startsWith("CapEff:"))
            .findFirst()
            .orElseThrow();
    return (Long.parseUnsignedLong(line.substring(7).strip(), 16) >> SYS_RESOURCE & 1) == 1;
  }
}
