package top.xtlsoft.stoppablecontainer.agent;

import java.nio.file.Path;
import java.util.Map;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.StorageSettings;

/**
 * The agent's settings, from its environment.
 *
 * @param routes folder of the route files
 * @param nodeName name of the node it works on
 * @param kubeletRoot kubelet's folder, at the same path in the agent and on the node
 * @param criSocketPath path of the container runtime's socket on the node
 * @param storage where file systems may be kept
 * @param inbox folder of the agent's own for copies of pods' requests, in memory
 * @param healthPort port of the health and metrics endpoint
 */
public record AgentSettings(
    String routes,
    String nodeName,
    String kubeletRoot,
    String criSocketPath,
    StorageSettings storage,
    Path inbox,
    int healthPort) {

  private static final int DEFAULT_HEALTH_PORT = 8081;

  public AgentSettings {
    if (nodeName.isEmpty()) {
      throw new IllegalArgumentException(
          "NODE_NAME must name the node: set it from spec.nodeName (downward API)");
    }
  }

  /** The settings in these environment variables. */
  public static AgentSettings from(Map<String, String> env) {
    return new AgentSettings(
        env.getOrDefault("SC_ROUTES", "/app/agent-routes"),
        env.getOrDefault("NODE_NAME", ""),
        env.getOrDefault("SC_KUBELET_ROOT", "/var/lib/kubelet"),
        socketPath(env.getOrDefault("SC_CRI_SOCKET", "/run/containerd/containerd.sock")),
        StorageSettings.from(env),
        Path.of(env.getOrDefault("SC_INBOX", "/run/stoppablecontainer/inbox")),
        port(env.getOrDefault("SC_HEALTH_PORT", "")));
  }

  private static String socketPath(String endpoint) {
    return endpoint.startsWith("unix://") ? endpoint.substring("unix://".length()) : endpoint;
  }

  private static int port(String port) {
    return port.isBlank() ? DEFAULT_HEALTH_PORT : Integer.parseInt(port.strip());
  }
}
