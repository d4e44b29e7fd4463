package top.xtlsoft.stoppablecontainer.operator;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import top.xtlsoft.stoppablecontainer.api.HostPathPrefixes;

/**
 * The operator's settings, from its environment variables.
 *
 * @param routes folder of the route files
 * @param binaries folder of the binaries, one folder in it for each architecture
 * @param allowedHostPathPrefixes folders on nodes below which file systems may be kept
 * @param allowedRuntimeClasses runtime classes that a template may name, besides none
 * @param agentWait how long a pod may wait for the node agent before that is reported
 * @param resyncInterval interval of the passes over all resources that no event starts
 * @param namespace namespace of the operator's own pod; empty outside a cluster
 * @param identity name of the operator's own pod, or of the machine
 * @param healthPort port of health and metrics
 * @param pagePort port of the web page; empty when it is not served
 */
public record OperatorSettings(
    Path routes,
    Path binaries,
    Set<String> allowedHostPathPrefixes,
    Set<String> allowedRuntimeClasses,
    Duration agentWait,
    Duration resyncInterval,
    Optional<String> namespace,
    String identity,
    int healthPort,
    OptionalInt pagePort) {

  private static final int DEFAULT_HEALTH_PORT = 8081;
  private static final long NO_PAGE = -1;

  public OperatorSettings {
    allowedHostPathPrefixes =
        Set.copyOf(new HostPathPrefixes(List.copyOf(allowedHostPathPrefixes)).folders());
    allowedRuntimeClasses = Set.copyOf(allowedRuntimeClasses);
    if (!resyncInterval.isPositive() || agentWait.isNegative()) {
      throw new IllegalArgumentException(
          "SC_RESYNC_INTERVAL_MS and SC_AGENT_WAIT_SECONDS: " + resyncInterval + ", " + agentWait);
    }
  }

  /** Reads the settings, with their defaults. */
  public static OperatorSettings from(Map<String, String> environment) {
    return new OperatorSettings(
        Path.of(environment.getOrDefault("SC_ROUTES", "/app/routes")),
        Path.of(environment.getOrDefault("SC_BIN", "/app/bin")),
        Set.copyOf(HostPathPrefixes.from(environment).folders()),
        words(environment.getOrDefault("SC_ALLOWED_RUNTIME_CLASSES", "")),
        Duration.ofSeconds(number(environment, "SC_AGENT_WAIT_SECONDS", 15)),
        Duration.ofMillis(number(environment, "SC_RESYNC_INTERVAL_MS", 600_000)),
        Optional.ofNullable(environment.get("POD_NAMESPACE")).filter(value -> !value.isBlank()),
        environment.getOrDefault("POD_NAME", environment.getOrDefault("HOSTNAME", "operator")),
        Math.toIntExact(number(environment, "SC_HEALTH_PORT", DEFAULT_HEALTH_PORT)),
        pagePort(environment));
  }

  private static OptionalInt pagePort(Map<String, String> environment) {
    long port = number(environment, "SC_PAGE_PORT", NO_PAGE);
    return port == NO_PAGE ? OptionalInt.empty() : OptionalInt.of(Math.toIntExact(port));
  }

  private static Set<String> words(String list) {
    return Arrays.stream(list.split(","))
        .map(String::strip)
        .filter(word -> !word.isEmpty())
        .collect(Collectors.toSet());
  }

  private static long number(Map<String, String> environment, String name, long otherwise) {
    String value = environment.get(name);
    if (value == null || value.isBlank()) {
      return otherwise;
    }
    try {
      return Long.parseLong(value.strip());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(name + " is not a number: " + value, e);
    }
  }
}
