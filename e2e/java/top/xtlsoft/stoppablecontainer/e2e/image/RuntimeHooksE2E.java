package top.xtlsoft.stoppablecontainer.e2e.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.SystemPods;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;

/**
 * What hooks of the container runtime write into the root, as those of GPU vendors do: there as in
 * a plain pod, and gone when it is outdated.
 */
@ClusterTest
@Isolated
@Tag("disruptive")
class RuntimeHooksE2E {

  private static final String CLASS = "hooked";

  private static final String RUNTIME_CLASS =
      """
      apiVersion: node.k8s.io/v1
      kind: RuntimeClass
      metadata:
        name: hooked
      handler: hooked
      """;

  /** Replaces runc: gives a hook to each container that asks for one. */
  private static final String RUNC =
      """
      #!/bin/sh
      bundle= before=
      for word; do
        [ "$before" = --bundle ] && bundle=$word
        before=$word
      done
      if [ -n "$bundle" ] && grep -q '"FAKE_GPU=' "$bundle/config.json"; then
        sed -i '1s#^{#{"hooks":{"createContainer":[{"path":"/var/lib/runtime-hooks/hook","args":["hook","'"$bundle"'/rootfs"]}]},#' "$bundle/config.json"
      fi
      exec runc "$@"
      """;

  private static final String HOOK =
      """
      #!/bin/sh
      set -e
      version=$(cat /var/lib/runtime-hooks/version)
      mkdir -p "$1/opt/fake-gpu"
      echo "driver $version" >"$1/opt/fake-gpu/libcuda.so.$version"
      ln -s "libcuda.so.$version" "$1/opt/fake-gpu/libcuda.so.1"
      echo "with $version" >"$1/etc/ld.so.cache"
      """;

  private Path folder;

  @BeforeEach
  void installHook() throws IOException {
    assumeTrue(ClusterEnv.get().embedded(), "the embedded node's runtime has such a class");
    folder = ClusterEnv.get().nodeRoot().resolve("var/lib/runtime-hooks");
    Files.createDirectories(folder);
    program("runc", RUNC);
    program("hook", HOOK);
    version("550");
    ClusterEnv.get().kubectl(RUNTIME_CLASS, "create", "-f", "-").ok();
  }

  /** The programs stay: containers that still end need them. */
  @AfterEach
  void removeRuntimeClass() {
    ClusterEnv.get().kubectl("", "delete", "runtimeclass", CLASS, "--ignore-not-found").ok();
  }

  private void program(String name, String text) throws IOException {
    Path file = Files.writeString(folder.resolve(name), text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private void version(String version) {
    step("hooks of version %s", version);
    try {
      Files.writeString(folder.resolve("version"), version + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void whatHooksWriteIsThereAfterEachStartAndGoneWhenItIsOutdated(TestNamespace ns) {
    SystemPods.withRuntimeClass(ns.client(), CLASS, () -> livesWithHooks(ns));
  }

  private void livesWithHooks(TestNamespace ns) {
    String look =
        "cd /opt/fake-gpu && stat -c '%N %a %u %g %s' * && cat libcuda.so.1 /etc/ld.so.cache";
    ns.createPod(Fixture.of("runtime-hooks-pod.yaml"));
    String plain = ns.sh("plain", look);
    assertTrue(plain.contains("driver 550\nwith 550"), plain);
    ns.kubectl("create", "configmap", "libraries", "--from-literal=lib.so=library").ok();

    String box = ns.create(Fixture.of("runtime-hooks.yaml"));
    ns.awaitRunning(box);
    assertEquals(plain, ns.sh(box, look));
    assertEquals("driver 550", ns.sh(box, "cat /var/log/starts"), "the command saw it, too");
    assertEquals("lib.so.550", ns.sh(box, "ls /opt/libraries"));

    step("start again, with files of the user's");
    ns.sh(box, "echo mine >/opt/fake-gpu/mine; echo mine >/opt/libraries/mine");
    ns.stopAndWait(box);
    ns.startAndWait(box);
    assertEquals("libcuda.so.1\nlibcuda.so.550\nmine", ns.sh(box, "ls /opt/fake-gpu"));

    ns.stopAndWait(box);
    version("560");
    step("a volume at another path");
    ns.patch(
        box,
        "{\"spec\":{\"template\":{\"container\":{\"volumeMounts\":[{\"name\":\"libraries\",\"subPath\":\"lib.so\",\"mountPath\":\"/opt/libraries/lib.so.560\"}]}}}}");
    ns.startAndWait(box);
    assertEquals("libcuda.so.1\nlibcuda.so.560\nmine", ns.sh(box, "ls /opt/fake-gpu"));
    assertEquals("driver 560\nwith 560", ns.sh(box, "cat /opt/fake-gpu/*.1 /etc/ld.so.cache"));
    assertEquals("lib.so.560\nmine", ns.sh(box, "ls /opt/libraries"));
    assertEquals("library", ns.sh(box, "cat /opt/libraries/lib.so.560"));

    step("kubelet starts the container again");
    String before = SystemPods.containerId(ns.getPod(box));
    ns.exec(box, "kill", "1");
    SystemPods.awaitOtherContainer(ns.client(), ns.getPod(box), before);
    String again = ns.execOnceAttached(box, "sh", "-c", "cat /opt/fake-gpu/*.1 /etc/ld.so.cache");
    assertEquals("driver 560\nwith 560", again);

    step("a cache that the user made, and no GPU any more");
    ns.sh(box, "echo mine >/etc/ld.so.cache");
    ns.stopAndWait(box);
    ns.patch(
        box,
        "{\"spec\":{\"template\":{\"volumes\":null,\"container\":{\"env\":null,\"volumeMounts\":null}}}}");
    ns.startAndWait(box);
    assertEquals("mine", ns.sh(box, "ls /opt/fake-gpu"));
    assertEquals("mine", ns.sh(box, "ls /opt/libraries"));
    assertEquals("mine", ns.sh(box, "cat /etc/ld.so.cache"));
    assertNotEquals(0, ns.exec(box, "test", "-e", "/made.json").exit());
    assertFalse(ns.node(box).exists(ns.hostPath(box) + "/upper/made.json"));
  }
}
