package top.xtlsoft.stoppablecontainer.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** The machine's loop devices, as sysfs shows them. */
public final class LoopFiles {

  private LoopFiles() {}

  /** Names of the devices that show files below a folder. */
  public static List<String> below(Path folder) throws IOException {
    List<String> names = new ArrayList<>();
    try (Stream<Path> devices = Files.list(Path.of("/sys/block"))) {
      for (Path device : devices.sorted().toList()) {
        if (file(device).startsWith(folder + "/")) {
          names.add(device.getFileName().toString());
        }
      }
    }
    return names;
  }

  /** Waits until there is none: the kernel detaches a device after its last user. */
  public static void awaitNone(Path folder) {
    Awaitility.await().until(() -> below(folder).isEmpty());
  }

  private static String file(Path device) throws IOException {
    try {
      return Files.readString(device.resolve("loop/backing_file"));
    } catch (NoSuchFileException e) {
      return "";
    }
  }
}
