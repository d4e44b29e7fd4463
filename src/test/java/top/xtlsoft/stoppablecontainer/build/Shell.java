package top.xtlsoft.stoppablecontainer.build;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What a program of this machine answered.
 *
 * @param output of stdout and stderr
 */
record Shell(int exit, String output) {

  static Shell run(Path folder, Map<String, String> environment, String... command)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(List.of(command)).directory(folder.toFile()).redirectErrorStream(true);
    // Those of the make that may have started these tests, and what it exports.
    List.of(
            "MAKEFLAGS",
            "MFLAGS",
            "MAKELEVEL",
            "MAKEOVERRIDES",
            "IMG",
            "MOUNT_HELPER_IMG",
            "EXEC_WRAPPER_IMG",
            "CLUSTER",
            "ROUNDS",
            "SEED")
        .forEach(builder.environment()::remove);
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Shell(process.waitFor(), output);
  }
}
