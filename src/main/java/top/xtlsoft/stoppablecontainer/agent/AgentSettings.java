package top.xtlsoft.stoppablecontainer.agent;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import top.xtlsoft.stoppablecontainer.api.HostPathPrefixes;

/**
 * What the agent is told by its environment.
 *
 * @param routes folder of the route files
 * @param nodeName name of the node it works on
 * @param kubeletRoot kubelet's folder, at the same path in the agent and on the node
 * @param criSocketPath path of the container runtime's socket on the node
 * @param allowedHostPathPrefixes folders below which file systems may be kept
 * @param inbox folder of the agent's own for copies of pods' requests, in memory
 * @param healthPort port of the health and metrics endpoint
 */
public record AgentSettings(
    String routes,
    String nodeName,
    String kubeletRoot,
    String criSocketPath,
    List<String> allowedHostPathPrefixes,
    Path inbox,
    int healthPort) {

  private static final int DEFAULT_HEALTH_PORT = 8081;

  public AgentSettings {
    if (nodeName.isEmpty()) {
      throw new IllegalArgumentException(
          "NODE_NAME must name the node: set it from spec.nodeName (downward API)");
    }
    allowedHostPathPrefixes = new HostPathPrefixes(allowedHostPathPrefixes).folders();
  }

  /** The settings in these environment variables. */
  public static AgentSettings from(Map<String, String> env) {
    return new AgentSettings(
        env.getOrDefault("SC_ROUTES", "/app/agent-routes"),
        env.getOrDefault("NODE_NAME", ""),
        env.getOrDefault("SC_KUBELET_ROOT", "/var/lib/kubelet"),
        socketPath(env.getOrDefault("SC_CRI_SOCKET", "/run/containerd/containerd.sock")),
        HostPathPrefixes.from(env).folders(),
        Path.of(env.getOrDefault("SC_INBOX", "/run/stoppablecontainer/inbox")),
        port(env.getOrDefault("SC_HEALTH_PORT", "")));
  }

  /** Whether the instance's file system may be kept where it says. */
  public boolean allows(Instance instance) {
    return allowedHostPathPrefixes.contains(instance.hostPathPrefix());
  }

  private static String socketPath(String endpoint) {
    return endpoint.startsWith("unix://") ? endpoint.substring("unix://".length()) : endpoint;
  }

  private static int port(String port) {
    return port.isBlank() ? DEFAULT_HEALTH_PORT : Integer.parseInt(port.strip());
  }
}
