package top.xtlsoft.stoppablecontainer.e2e.k3s;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Frame;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.k3s.K3sContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * A K3s in Docker that stays up between commands, as hack/cluster calls it: {@code up}, {@code
 * down}, {@code env} and {@code load ARCHIVE...}. Environment: {@code CLUSTER_ID}, {@code
 * TESTCONTAINERS_RYUK_DISABLED=true}, without which testcontainers removes the cluster with this
 * process.
 */
public final class K3sCluster {

  static final String NO_DOCKER =
      "CLUSTER=k3s needs a Docker that works here (docker info): start it, or take"
          + " CLUSTER=embedded, which needs none.";

  private final Supplier<DockerClient> docker;
  private final K3sNode node;
  private final Path kubeconfig;

  K3sCluster(Supplier<DockerClient> docker, K3sNode node, Path folder) {
    this.docker = docker;
    this.node = node;
    this.kubeconfig = folder.resolve("kubeconfig");
  }

  public static void main(String[] arguments) throws Exception {
    String id = System.getenv().getOrDefault("CLUSTER_ID", "");
    DockerClientFactory factory = DockerClientFactory.instance();
    Supplier<DockerClient> docker = () -> working(factory.isDockerAvailable(), factory::client);
    K3sCluster cluster = new K3sCluster(docker, new K3sNode(id), Path.of("target", "k3s"));
    try {
      System.out.print(cluster.run(List.of(arguments)));
    } catch (IllegalStateException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  /**
   * Does one command; returns what is to be printed.
   *
   * @throws IllegalStateException with what the user can do about it
   */
  String run(List<String> arguments) throws IOException, InterruptedException {
    return switch (arguments.getFirst()) {
      case "up" -> up();
      case "down" -> down();
      case "env" -> env();
      case "load" -> load(arguments.subList(1, arguments.size()));
      default -> throw new IllegalStateException("K3sCluster: no such command: " + arguments);
    };
  }

  static DockerClient working(boolean available, Supplier<DockerClient> docker) {
    if (!available) {
      throw new IllegalStateException(NO_DOCKER);
    }
    return docker.get();
  }

  private String up() throws IOException {
    DockerClient client = docker.get();
    if (Files.exists(kubeconfig) && running(client)) {
      return "The cluster is up.\n";
    }
    remove(client);
    // Not closed: the cluster outlives this process, and down removes it.
    @SuppressWarnings("resource")
    K3sContainer container = new K3sContainer(DockerImageName.parse(K3sNode.IMAGE));
    container.withCreateContainerCmdModifier(node::configure);
    container.start();
    write(container.getKubeConfigYaml());
    return "The cluster is up: K3s in the container %s.\n".formatted(node.name());
  }

  /** Its reader has all rights in the cluster. */
  void write(String text) throws IOException {
    Files.createDirectories(kubeconfig.getParent());
    Files.deleteIfExists(kubeconfig);
    var ownerOnly = PosixFilePermissions.fromString("rw-------");
    Files.createFile(kubeconfig, PosixFilePermissions.asFileAttribute(ownerOnly));
    Files.writeString(kubeconfig, text);
  }

  private boolean running(DockerClient client) {
    try {
      return Boolean.TRUE.equals(
          client.inspectContainerCmd(node.name()).exec().getState().getRunning());
    } catch (NotFoundException e) {
      return false;
    }
  }

  private String down() throws IOException {
    remove(docker.get());
    Files.deleteIfExists(kubeconfig);
    return "The cluster is gone.\n";
  }

  /** With its volumes, in which the file systems are. */
  private void remove(DockerClient client) {
    try {
      client.removeContainerCmd(node.name()).withForce(true).withRemoveVolumes(true).exec();
    } catch (NotFoundException e) {
      // It is not there, as it should be.
    }
  }

  /**
   * Shell exports; no NODE_PID, as its processes are Docker's, on a machine that may be another.
   */
  String env() {
    if (!Files.exists(kubeconfig)) {
      throw new IllegalStateException("No K3s is up: make cluster-up CLUSTER=k3s starts it.");
    }
    StringBuilder exports = new StringBuilder();
    Map.of(
            "KUBECONFIG",
            kubeconfig.toAbsolutePath().toString(),
            "CONTAINER_RUNTIME_ENDPOINT",
            K3sNode.RUNTIME_ENDPOINT)
        .forEach(
            (name, value) ->
                exports.append("export %s='%s'%n".formatted(name, value.replace("'", "'\\''"))));
    return exports.toString();
  }

  private String load(List<String> archives) throws InterruptedException {
    DockerClient client = docker.get();
    if (!running(client)) {
      throw new IllegalStateException("No K3s is up: make cluster-up CLUSTER=k3s starts it.");
    }
    for (String archive : archives) {
      Path file = Path.of(archive);
      client
          .copyArchiveToContainerCmd(node.name())
          .withHostResource(file.toAbsolutePath().toString())
          .withRemotePath("/tmp")
          .exec();
      String inside = "/tmp/" + file.getFileName();
      try {
        execute(client, K3sNode.importCommand(inside));
      } finally {
        execute(client, "rm", "-f", inside);
      }
    }
    return archives.size() + " archives are loaded.\n";
  }

  private void execute(DockerClient client, String... command) throws InterruptedException {
    String id =
        client
            .execCreateCmd(node.name())
            .withCmd(command)
            .withAttachStdout(true)
            .withAttachStderr(true)
            .exec()
            .getId();
    StringBuffer output = new StringBuffer();
    client
        .execStartCmd(id)
        .exec(
            new ResultCallback.Adapter<Frame>() {
              @Override
              public void onNext(Frame frame) {
                output.append(new String(frame.getPayload(), StandardCharsets.UTF_8));
              }
            })
        .awaitCompletion();
    Long exit = client.inspectExecCmd(id).exec().getExitCodeLong();
    if (exit == null || exit != 0) {
      throw new IllegalStateException(
          "'%s' failed on the node (exit code %s): %s"
              .formatted(String.join(" ", command), exit, output));
    }
  }
}
