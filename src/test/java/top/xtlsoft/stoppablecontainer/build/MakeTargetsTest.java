package top.xtlsoft.stoppablecontainer.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The make targets that others rely on: people, their scripts and CI. */
class MakeTargetsTest {

  private static final Path TOP = Path.of("").toAbsolutePath();

  private static Shell make(String... arguments) throws Exception {
    String[] command = new String[arguments.length + 1];
    command[0] = "make";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    return Shell.run(TOP, Map.of(), command);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "install",
        "uninstall",
        "deploy",
        "undeploy",
        "deploy-daemonset",
        "undeploy-daemonset",
        "run",
        "test",
        "test-e2e",
        "manifests",
        "lint",
        "docker-build",
        "docker-push",
        "docker-build-exec-wrapper",
        "docker-build-mount-helper",
        "help",
        "demo",
        "verify",
        "bench",
        "cluster-up",
        "cluster-down",
        "cluster-power-off",
        "cluster-power-on",
        "cluster-env"
      })
  void isThereAndExplained(String target) throws Exception {
    Shell dry = make("-n", target);
    assertEquals(0, dry.exit(), dry::output);
    String help = make("help").output();
    assertTrue(
        Pattern.compile("(?m)^  " + target + " +\\S").matcher(help).find(),
        () -> target + " in: " + help);
  }

  @ParameterizedTest
  @CsvSource({
    "docker-build, IMG, image/build operator \"a.example/b:1\"",
    "docker-build-mount-helper, MOUNT_HELPER_IMG, image/build mount-helper \"a.example/b:1\"",
    "docker-build-exec-wrapper, EXEC_WRAPPER_IMG, image/build exec-wrapper \"a.example/b:1\"",
    "docker-push, IMG, image/build push \"a.example/b:1\"",
    "docker-push, MOUNT_HELPER_IMG, image/build push \"a.example/b:1\"",
    "docker-push, EXEC_WRAPPER_IMG, image/build push \"a.example/b:1\""
  })
  void takesTheImagesName(String target, String variable, String command) throws Exception {
    Shell dry = make("-n", target, variable + "=a.example/b:1");
    assertTrue(dry.output().contains(command), dry::output);
  }

  /** The others may not have been built, and have a name that is nobody's registry. */
  @Test
  void pushesWhatIsNamedAndNothingElse() throws Exception {
    Shell dry = make("-n", "docker-push", "IMG=a.example/b:1");
    assertTrue(dry.output().contains("image/build push \"a.example/b:1\""), dry::output);
    assertFalse(dry.output().contains("stoppablecontainer/"), dry::output);
    Shell refused = make("-s", "docker-push");
    assertTrue(refused.exit() != 0, refused::output);
    assertTrue(refused.output().contains("No image is named"), refused::output);
  }

  @ParameterizedTest
  @CsvSource({
    "deploy, CLUSTER=elsewhere, choose embedded",
    "cluster-up, CLUSTER=current, cannot be booted",
    "cluster-power-off, CLUSTER=k3s, works with CLUSTER=embedded and CLUSTER=vm only"
  })
  void refusesWhatItCanNotDo(String target, String variable, String message) throws Exception {
    Shell refused = make("-s", target, variable);
    assertTrue(refused.exit() != 0, refused::output);
    assertTrue(refused.output().contains(message), refused::output);
  }
}
