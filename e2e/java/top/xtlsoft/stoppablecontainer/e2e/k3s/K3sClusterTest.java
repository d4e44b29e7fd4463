package top.xtlsoft.stoppablecontainer.e2e.k3s;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.fail;

import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Mount;
import com.github.dockerjava.api.model.MountType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The parts of a K3s in Docker that need no Docker. */
class K3sClusterTest {

  @TempDir Path folder;

  private K3sCluster cluster() {
    return new K3sCluster(
        () -> K3sCluster.working(false, () -> fail("asked for a Docker that is not there")),
        new K3sNode(""),
        folder);
  }

  @Test
  void putsUpperLayersOnVolumes() {
    HostConfig host =
        HostConfig.newHostConfig().withMounts(List.of(new Mount().withTarget("/there-before")));

    K3sNode.configure(host);

    assertEquals(
        List.of(
            "/there-before",
            "/var/lib/stoppablecontainer",
            "/var/lib/kubelet",
            "/var/lib/rancher/k3s"),
        host.getMounts().stream().map(Mount::getTarget).toList());
    assertEquals(
        Set.of(MountType.VOLUME),
        new TreeSet<>(host.getMounts().stream().skip(1).map(Mount::getType).toList()));
  }

  @Test
  void hasAContainerForEachCheckout() {
    assertEquals("stoppablecontainer-k3s", new K3sNode("").name());
    assertEquals("stoppablecontainer-k3s-a1b2", new K3sNode("a1b2").name());
  }

  @Test
  void startsK3sWithSharedMountsAndItsOwnArguments() throws Exception {
    // The same words with programs that only say what they were given.
    String script =
        K3sNode.ENTRYPOINT.get(2).replace("mount ", "echo mount ").replace("/bin/k3s", "echo k3s");
    Process shell =
        new ProcessBuilder("sh", "-c", script, K3sNode.ENTRYPOINT.get(3), "server", "--tls-san=a b")
            .start();

    assertEquals(
        "mount --make-rshared /\nk3s server --tls-san=a b\n",
        new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
    assertEquals(0, shell.waitFor());
  }

  @Test
  void importsImagesWhereKubeletLooksForThem() {
    assertArrayEquals(
        "ctr --namespace k8s.io images import /tmp/a.tar".split(" "),
        K3sNode.importCommand("/tmp/a.tar"));
  }

  @Test
  void saysHowToReachIt() throws IOException {
    cluster().write("apiVersion: v1\n");

    assertEquals(
        Set.of(
            "export KUBECONFIG='" + folder.resolve("kubeconfig") + "'",
            "export CONTAINER_RUNTIME_ENDPOINT='unix:///run/k3s/containerd/containerd.sock'"),
        Set.copyOf(cluster().env().lines().toList()));
  }

  @Test
  void keepsTheKubeconfigForItsOwner() throws IOException {
    cluster().write("one");
    cluster().write("other");

    Path file = folder.resolve("kubeconfig");
    assertEquals("other", Files.readString(file));
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
  }

  @Test
  void saysWhatToDoWhenItIsNotUp() {
    String message =
        assertThrows(IllegalStateException.class, () -> cluster().run(List.of("env"))).getMessage();

    assertEquals("No K3s is up: make cluster-up CLUSTER=k3s starts it.", message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"up", "down", "load"})
  void saysThatDockerIsMissing(String command) {
    assertEquals(
        K3sCluster.NO_DOCKER,
        assertThrows(IllegalStateException.class, () -> cluster().run(List.of(command)))
            .getMessage());
  }
}
