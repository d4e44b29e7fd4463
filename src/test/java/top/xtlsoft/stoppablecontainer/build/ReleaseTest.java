package top.xtlsoft.stoppablecontainer.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a release is called, and its last step. */
class ReleaseTest {

  private static final Path TOP = Path.of("").toAbsolutePath();

  @TempDir Path folder;

  private static String found(String file, String pattern) throws IOException {
    Matcher matcher = Pattern.compile(pattern).matcher(Files.readString(TOP.resolve(file)));
    assertTrue(matcher.find(), () -> pattern + " in " + file);
    return matcher.group(1);
  }

  private static Shell script(String name, Path in, Map<String, String> environment, String... more)
      throws Exception {
    String[] command = new String[more.length + 1];
    command[0] = TOP.resolve("hack").resolve(name).toString();
    System.arraycopy(more, 0, command, 1, more.length);
    return Shell.run(in, environment, command);
  }

  @BeforeEach
  void files() throws IOException {
    Files.writeString(folder.resolve("install.yaml"), "kind: List\n");
    Files.writeString(folder.resolve("controller.oci.tar"), "not really one\n");
  }

  @Test
  void hasOneVersionEverywhere() throws Exception {
    String version = script("version", TOP, Map.of()).output().strip();

    assertEquals(found("pom.xml", "(?m)^  <version>(.*)</version>$"), version);
    String chart = "helm/stoppablecontainer/Chart.yaml";
    assertEquals(version, found(chart, "(?m)^version: (.*)$"));
    assertEquals(version, found(chart, "(?m)^appVersion: \"(.*)\"$"));
    assertEquals(
        version.replace("-SNAPSHOT", ""), found("CHANGELOG.md", "(?m)^## (\\S+)"), "newest entry");
  }

  @Test
  void packsThePluginForEveryPlatform(@TempDir Path bin) throws Exception {
    String version = script("version", TOP, Map.of()).output().strip();
    fakeGo(bin);

    ok(
        Shell.run(
            folder,
            Map.of(
                "PATH", bin + ":" + System.getenv("PATH"),
                "DOWNLOADS", "https://downloads.example/sc/",
                "SOURCE_DATE_EPOCH", "1000000000"),
            TOP.resolve("plugin/release").toString(),
            folder.toString()));

    String manifest = Files.readString(folder.resolve("sc.krew.yaml"));
    assertTrue(manifest.contains("version: v" + version + "\n"), manifest);
    for (String os : List.of("linux", "darwin", "windows")) {
      for (String arch : List.of("amd64", "arm64")) {
        String archive = "kubectl-sc-%s-%s-%s.tar.gz".formatted(version, os, arch);
        String program = os.equals("windows") ? "kubectl-sc.exe" : "kubectl-sc";
        assertEquals(
            "static build of %s for %s/%s\n".formatted(version, os, arch),
            Shell.run(folder, Map.of(), "tar", "-xzOf", archive, program).output());
        assertTrue(
            manifest.contains(
                """
                    - selector: {matchLabels: {os: %s, arch: %s}}
                      uri: https://downloads.example/sc/%s
                      sha256: %s
                      bin: %s
                """
                    .formatted(os, arch, archive, sha256(archive), program)),
            manifest);
      }
    }
  }

  /** A Go that writes down what it is to build. */
  private static void fakeGo(Path bin) throws IOException {
    Path go = bin.resolve("go");
    Files.writeString(
        go,
        """
        #!/bin/sh
        [ "$CGO_ENABLED" = 0 ] || exit 1
        version=${4##*main.version=}
        [ "$*" = "build -trimpath -ldflags -s -w -X main.version=$version -o $6 ." ] || exit 1
        echo "static build of $version for $GOOS/$GOARCH" >"$6"
        """);
    assertTrue(go.toFile().setExecutable(true));
  }

  private String sha256(String file) throws Exception {
    return Shell.run(folder, Map.of(), "sha256sum", file).output().split(" ")[0];
  }

  @Test
  void refusesWhatIsNoVersion() throws Exception {
    Shell refused = script("version", TOP, Map.of(), "set", "1.0");
    assertEquals(1, refused.exit());
    assertTrue(refused.output().contains("'1.0' is no version"), refused::output);
  }

  @Test
  void writesChecksumsThatHold() throws Exception {
    Shell signed = script("sign", folder, Map.of(), folder.toString());
    assertEquals(0, signed.exit(), signed::output);

    Shell checked = Shell.run(folder, Map.of(), "sha256sum", "-c", "SHA256SUMS");
    assertEquals("controller.oci.tar: OK\ninstall.yaml: OK\n", checked.output());
  }

  @Test
  void signsEachFileAndTheChecksums(@TempDir Path keys) throws Exception {
    String key = keys.resolve("key.pem").toString();
    String publicKey = keys.resolve("public.pem").toString();
    ok(Shell.run(keys, Map.of(), "openssl", "genpkey", "-algorithm", "ed25519", "-out", key));
    ok(Shell.run(keys, Map.of(), "openssl", "pkey", "-in", key, "-pubout", "-out", publicKey));
    Path signer = keys.resolve("signer");
    Files.writeString(
        signer,
        "openssl pkeyutl -sign -rawin -inkey '%s' -in \"$1\" -out \"$1.sig\"".formatted(key));

    ok(script("sign", folder, Map.of("SIGN_COMMAND", "bash '" + signer + "'"), folder.toString()));

    for (String file : new String[] {"install.yaml", "controller.oci.tar", "SHA256SUMS"}) {
      ok(verify(publicKey, file));
    }
    Files.writeString(folder.resolve("install.yaml"), "kind: Other\n");
    assertTrue(verify(publicKey, "install.yaml").exit() != 0, "a changed file still verifies");
  }

  @Test
  void failsWhenAFileCanNotBeSigned() throws Exception {
    Shell failed = script("sign", folder, Map.of("SIGN_COMMAND", "false"), folder.toString());
    assertEquals(1, failed.exit());
    assertTrue(failed.output().contains("Not signed: controller.oci.tar"), failed::output);
    assertFalse(Files.exists(folder.resolve("install.yaml.sig")));
  }

  private Shell verify(String publicKey, String file) throws Exception {
    return Shell.run(
        folder,
        Map.of(),
        "openssl",
        "pkeyutl",
        "-verify",
        "-rawin",
        "-pubin",
        "-inkey",
        publicKey,
        "-in",
        file,
        "-sigfile",
        file + ".sig");
  }

  private static void ok(Shell result) {
    assertEquals(0, result.exit(), result::output);
  }
}
