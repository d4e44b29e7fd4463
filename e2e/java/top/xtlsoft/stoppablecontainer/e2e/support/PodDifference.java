package top.xtlsoft.stoppablecontainer.e2e.support;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * An intended difference between a StoppableContainer's pod and a plain pod with the same spec.
 * {@code docs/differences-from-pods.md} describes each under its title.
 */
public enum PodDifference {
  OUR_MOUNTS(
      "Three mounts more",
      ". .*/\\.sc-(bin|request|ready).*",
      "spec spec\\.(volumes\\[stoppablecontainer-|containers\\[[^]]+]\\.volumeMounts\\[/\\.sc-).*"),
  COMMAND("The command in the pod's spec", "spec spec\\.containers\\[[^]]+]\\.command\\[.*"),
  IMAGE(
      "The image that the file system was made from", "spec spec\\.containers\\[main]\\.image: .*"),
  PLACEMENT("Held to its node", "spec spec\\.affinity\\.nodeAffinity\\.required.*"),
  READINESS(
      "One readiness gate more",
      "spec spec\\.readinessGates\\[stoppablecontainer\\.xtlsoft\\.top/attached].*"),
  READ_ONLY_FIRST_ROOT(
      "The first root is read-only",
      "spec spec\\.containers\\[main]\\.securityContext(\\.readOnlyRootFilesystem)?: .*"),
  LAST_WORDS(
      "The end of the log as termination message",
      "spec spec\\.containers\\[main]\\.terminationMessagePolicy: .*"),
  IMAGE_VOLUMES(
      "VOLUME folders are part of the file system", "mounts /(image|var/lib/made-by-volume) .*"),
  PROPAGATION("No mount spreads to the root", "mounts / \\S+( master)? overlay");

  private final String title;
  private final List<Pattern> facts;

  /**
   * @param facts regular expressions of "ASPECT FACT"; the aspect "." matches every aspect
   */
  PodDifference(String title, String... facts) {
    this.title = title;
    this.facts =
        List.of(facts).stream()
            .map(fact -> fact.startsWith(". ") ? "\\S+ " + fact.substring(2) : fact)
            .map(Pattern::compile)
            .toList();
  }

  /** Its heading in the documentation. */
  public String title() {
    return title;
  }

  /** Whether a fact "ASPECT FACT" belongs to one of the differences. */
  public static boolean isDocumented(String fact) {
    return Arrays.stream(values())
        .flatMap(difference -> difference.facts.stream())
        .anyMatch(pattern -> pattern.matcher(fact).matches());
  }
}
