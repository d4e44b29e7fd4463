package top.xtlsoft.stoppablecontainer.e2e.support;

import io.fabric8.kubernetes.api.model.NodeAddress;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.runtime.apiserver.ApiServerClients;

/**
 * The cluster that the tests run on, as the environment names it: {@code KUBECONFIG}, {@code
 * KUBECTL}, {@code CLUSTER_TOOL} for one that e2e/cluster made, and {@code NODE_PID} for the
 * embedded one of these.
 */
public final class ClusterEnv {

  private static final ClusterEnv INSTANCE = new ClusterEnv();
  private static final Pattern NODE_PID =
      Pattern.compile("^export NODE_PID=['\"]?([0-9]+)", Pattern.MULTILINE);

  private static final Map<String, String> PUBLIC_IMAGES =
      Map.of(
          TestNamespace.BUSYBOX,
          "busybox:1.36",
          "stoppablecontainer-e2e/debian:12",
          "debian:12",
          "stoppablecontainer-e2e/postgres:15",
          "postgres:15");

  private final KubernetesClient client =
      // Notices a dead connection, as the operator does: it would look like the operator's silence.
      ApiServerClients.builder(
              new ConfigBuilder(Config.autoConfigure(null))
                  .withRequestTimeout((int) Timeouts.REQUEST.toMillis())
                  .build())
          .withKubernetesSerialization(new KubernetesSerialization())
          .build();
  private final Map<String, PodNode> nodes = new ConcurrentHashMap<>();
  private volatile long nodePid = Long.parseLong(System.getenv().getOrDefault("NODE_PID", "0"));
  private final Map<String, Long> furtherNodePids = new ConcurrentHashMap<>();

  private static final @Nullable String TOOL = System.getenv("CLUSTER_TOOL");

  private boolean publicImages;

  private ClusterEnv() {}

  public static ClusterEnv get() {
    return INSTANCE;
  }

  public KubernetesClient client() {
    return client;
  }

  /** Whether the cluster is the embedded one, whose node this machine sees through /proc. */
  public boolean embedded() {
    return nodePid != 0;
  }

  /** Whether e2e/cluster made the cluster, whose power cord can be pulled. */
  public boolean hasPowerCord() {
    return TOOL != null;
  }

  /** The embedded node's root folder, for tests that change what a pod could have left there. */
  public Path nodeRoot() {
    return Path.of("/proc/" + nodePid + "/root");
  }

  /** The node of that name. */
  public Node node(String name) {
    return embedded()
        ? new ProcNode(() -> furtherNodePids.getOrDefault(name, nodePid))
        : nodes.computeIfAbsent(name, n -> new PodNode(client, n));
  }

  /** All nodes of the cluster, by name; the API server must answer. */
  public List<String> nodeNames() {
    return client.nodes().list().getItems().stream().map(n -> n.getMetadata().getName()).toList();
  }

  /** The embedded node's address. */
  String nodeAddress() {
    return client.nodes().list().getItems().getFirst().getStatus().getAddresses().stream()
        .filter(address -> address.getType().equals("InternalIP"))
        .map(NodeAddress::getAddress)
        .findFirst()
        .orElseThrow();
  }

  /** Imports an image archive into the node. */
  public void load(Path archive) {
    cluster("load", Timeouts.COMMAND, archive.toString()).ok();
  }

  /**
   * Takes an image from the embedded node, under all of its names, with those of its layers that no
   * other image and no container needs.
   *
   * @param reference one of its names
   */
  public void removeImage(String reference) {
    List<List<String>> images =
        ctr("images", "list").ok().lines().skip(1).map(line -> List.of(line.split(" +"))).toList();
    String digest =
        images.stream()
            .filter(image -> image.getFirst().equals(reference))
            .map(image -> image.get(2))
            .findFirst()
            .orElseThrow(() -> new AssertionError("the node has no image " + reference));
    List<String> remove = new ArrayList<>(List.of("images", "remove", "--sync"));
    images.stream()
        .filter(image -> image.get(2).equals(digest))
        .map(List::getFirst)
        .forEach(remove::add);
    ctr(remove.toArray(String[]::new)).ok();
  }

  private Result ctr(String... arguments) {
    List<String> line = new ArrayList<>(onNodeCommand());
    line.addAll(List.of("ctr", "--namespace", "k8s.io"));
    line.addAll(List.of(arguments));
    return Command.run(line, "", Timeouts.COMMAND);
  }

  /** Runs the real kubectl. */
  public Result kubectl(String stdin, String... arguments) {
    return Command.run(kubectlCommand(arguments), stdin, Timeouts.COMMAND);
  }

  /** Runs the real kubectl with a terminal, which util-linux' script makes; stdout holds both. */
  public Result kubectlWithTerminal(String stdin, String... arguments) {
    List<String> quoted = kubectlCommand(arguments).stream().map(ClusterEnv::quote).toList();
    return Command.run(
        List.of("script", "-qec", String.join(" ", quoted), "/dev/null"), stdin, Timeouts.COMMAND);
  }

  /** Runs the plugin of this checkout, by kubectl, which finds it on the path. */
  public Result plugin(String stdin, String... arguments) {
    return Command.run(pluginCommand(arguments), stdin, Timeouts.PLUGIN);
  }

  /** Starts the kubectl plugin with a command that does not end by itself. */
  FollowedPlugin followPlugin(String... arguments) {
    return new FollowedPlugin(pluginCommand(arguments));
  }

  private static List<String> pluginCommand(String... arguments) {
    String path = Path.of("target", "plugin").toAbsolutePath() + ":" + System.getenv("PATH");
    List<String> command = new ArrayList<>(List.of("env", "PATH=" + path));
    command.addAll(kubectlCommand("sc"));
    command.addAll(List.of(arguments));
    return command;
  }

  /** Runs a line of shell on the node of a cluster that was made here, as root. */
  public Result shellOnNode(String line) {
    if (!embedded()) {
      return cluster("ssh", Timeouts.COMMAND, line);
    }
    List<String> command = new ArrayList<>(onNodeCommand());
    command.addAll(List.of("bash", "-ec", line));
    return Command.run(command, "", Timeouts.COMMAND);
  }

  /** The kubectl that the tests use. */
  static String kubectlPath() {
    String kubectl = System.getenv("KUBECTL");
    return kubectl != null
        ? kubectl
        : Command.run(List.of("bash", "-c", "command -v kubectl"), "", Timeouts.COMMAND).ok();
  }

  private static List<String> kubectlCommand(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(System.getenv().getOrDefault("KUBECTL", "kubectl"));
    command.addAll(List.of(arguments));
    return command;
  }

  static String quote(String word) {
    return "'" + word.replace("'", "'\\''") + "'";
  }

  /** Kills the node as a power cut does. */
  public void powerOff() {
    cluster("power-off", Timeouts.COMMAND).ok();
  }

  /** Boots the node again from its disk. */
  public void powerOn() {
    cluster("power-on", Timeouts.BOOT).ok();
    if (embedded()) {
      nodePid = nodePid(cluster("env", Timeouts.COMMAND).ok());
    }
  }

  /** Boots a node of the embedded cluster that is not its first, by that command of its tool. */
  void powerOnFurtherNode(String name, String command) {
    onFurtherNode(name, command, Timeouts.BOOT);
    furtherNodePids.put(name, nodePid(onFurtherNode(name, "env", Timeouts.COMMAND)));
  }

  /** Runs a command of the cluster's tool on a node that is not its first; returns its output. */
  String onFurtherNode(String name, String command, Duration timeout, String... arguments) {
    List<String> line = new ArrayList<>(List.of("env", "NODE=" + name));
    line.addAll(clusterCommand(command, arguments));
    return Command.run(line, "", timeout).ok();
  }

  private static long nodePid(String exports) {
    Matcher pid = NODE_PID.matcher(exports);
    if (!pid.find()) {
      throw new AssertionError("cluster env names no NODE_PID after power-on");
    }
    return Long.parseLong(pid.group(1));
  }

  /** Kills a component of a cluster that was made here, where it is started again. */
  public void restartComponent(String component) {
    cluster("restart", Timeouts.COMMAND, component).ok();
  }

  /** Copies the data of the embedded cluster's etcd, which is down for that moment. */
  public void copyEtcd() {
    cluster("etcd-copy", Timeouts.COMMAND).ok();
  }

  /** Puts the data of etcd back to the last copy; the power is off. */
  public void putEtcdBack() {
    cluster("etcd-put-back", Timeouts.COMMAND).ok();
  }

  /** Gives an image on the embedded node another name as well. */
  public void nameImage(String image, String other) {
    nameImageInFull(image, "docker.io/" + other);
  }

  /** The same with a name that has its registry. */
  public void nameImageInFull(String image, String other) {
    onNode("ctr", "--namespace", "k8s.io", "images", "tag", "--force", "docker.io/" + image, other);
  }

  /** Makes targets of this checkout. */
  public Result make(String... targets) {
    List<String> command = new ArrayList<>(List.of("make", "-s"));
    command.addAll(List.of(targets));
    return Command.run(command, "", Timeouts.MAKE);
  }

  /** Gives the test images the public names that pages use, on the embedded node; once. */
  public synchronized void givePublicImages() {
    if (embedded() && !publicImages) {
      PUBLIC_IMAGES.forEach((image, name) -> nameImage(image, "library/" + name));
      publicImages = true;
    }
  }

  /** Mounts an empty disk of 2 MiB on the embedded node. */
  public void mountSmallDisk(String folder) {
    onNode("mkdir", "-m", "700", folder);
    onNode("mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "small-disk", folder);
  }

  /** Takes such a disk away, and its folder. */
  public void unmountDisk(String folder) {
    onNode("umount", "--recursive", folder);
    onNode("rmdir", folder);
  }

  private void onNode(String... command) {
    List<String> line = new ArrayList<>(onNodeCommand());
    line.addAll(List.of(command));
    Command.run(line, "", Timeouts.COMMAND).ok();
  }

  private List<String> onNodeCommand() {
    return List.of("nsenter", "-t", Long.toString(nodePid), "-a");
  }

  private static Result cluster(String command, Duration timeout, String... arguments) {
    return Command.run(clusterCommand(command, arguments), "", timeout);
  }

  private static List<String> clusterCommand(String command, String... arguments) {
    List<String> line = new ArrayList<>();
    line.add(Objects.requireNonNull(TOOL, "CLUSTER_TOOL is not set: no cluster made here"));
    line.add(command);
    line.addAll(List.of(arguments));
    return line;
  }

  void forgetNodes() {
    nodes.values().forEach(PodNode::close);
    nodes.clear();
  }
}
