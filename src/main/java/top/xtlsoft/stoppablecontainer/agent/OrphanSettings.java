package top.xtlsoft.stoppablecontainer.agent;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.ApiNames;

/**
 * How this agent handles file systems without an instance.
 *
 * @param namespace the agent's own, in which it reports them
 * @param purgeAfter age at which they are removed for good; empty for never
 */
public record OrphanSettings(String namespace, Optional<Duration> purgeAfter) {

  private static final String PURGE_AFTER = "SC_ORPHAN_PURGE_AFTER";

  public OrphanSettings {
    if (purgeAfter.filter(age -> !age.isPositive()).isPresent()) {
      throw new IllegalArgumentException(PURGE_AFTER + " must be longer than nothing");
    }
  }

  /** The settings in these environment variables. */
  public static OrphanSettings from(Map<String, String> env) {
    return new OrphanSettings(
        env.getOrDefault("POD_NAMESPACE", ApiNames.OPERATOR_NAMESPACE),
        Optional.of(env.getOrDefault(PURGE_AFTER, "").strip())
            .filter(text -> !text.isEmpty())
            .map(OrphanSettings::duration));
  }

  /** Name of the ConfigMap that reports what is set aside on a node. */
  public static String reportName(String nodeName) {
    return "stoppablecontainer-orphans-" + nodeName;
  }

  private static Duration duration(String text) {
    try {
      return Duration.parse(text);
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException(
          PURGE_AFTER + " holds \"" + text + "\": a time is written as P30D or PT12H", e);
    }
  }
}
