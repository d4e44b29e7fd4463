package top.xtlsoft.stoppablecontainer.scexec;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where the built programs lie. */
final class Binaries {

  private Binaries() {}

  /** The program for this machine, to be run. */
  static Path program(String name) {
    String folder = System.getProperty("sc.bin");
    return existing(
        folder == null
            ? Path.of("target/bin", architecture(), name)
            : Path.of(folder).resolve(name));
  }

  /** The program as built for one architecture, to be looked at. */
  static Path program(String architecture, String name) {
    return existing(Path.of("target/bin", architecture, name));
  }

  private static Path existing(Path program) {
    if (!Files.isExecutable(program)) {
      throw new IllegalStateException(program + " is missing: run sc-exec/build first");
    }
    return program.toAbsolutePath();
  }

  private static String architecture() {
    return System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
  }
}
