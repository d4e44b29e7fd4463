package top.xtlsoft.stoppablecontainer.operator.validate;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSpec;
import top.xtlsoft.stoppablecontainer.api.Template;
import top.xtlsoft.stoppablecontainer.operator.model.NormalizedTemplate;
import top.xtlsoft.stoppablecontainer.operator.model.Schedule;
import top.xtlsoft.stoppablecontainer.operator.model.SnapshotTimes;
import top.xtlsoft.stoppablecontainer.operator.pass.Decision;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;
import top.xtlsoft.stoppablecontainer.operator.pass.Problem;

/** Makes the checks that the API server can't make; a finding names the field and the remedy. */
public final class TemplateValidator {

  /** Maximum number of findings in the message. */
  private static final int MAX_FINDINGS = 5;

  private final Set<String> allowedHostPathPrefixes;
  private final Set<String> allowedRuntimeClasses;

  /**
   * @param allowedHostPathPrefixes folders below which file systems may be kept
   * @param allowedRuntimeClasses runtime classes that a template may name
   */
  public TemplateValidator(Set<String> allowedHostPathPrefixes, Set<String> allowedRuntimeClasses) {
    this.allowedHostPathPrefixes = Set.copyOf(allowedHostPathPrefixes);
    this.allowedRuntimeClasses = Set.copyOf(allowedRuntimeClasses);
  }

  /** Ends the pass of a resource with findings in a condition. */
  public Pass validate(Pass pass) {
    return findProblem(pass.observed())
        .<Decision>map(Decision.Refuse::new)
        .or(() -> Optional.of(new Decision.Nothing()))
        .map(pass::decide)
        .orElseThrow();
  }

  private Optional<Problem> findProblem(Observation observed) {
    StoppableContainer resource = observed.sc();
    return hostPathPrefix(observed.hostPathPrefix())
        .map(text -> new Problem(ConditionReason.HOST_PATH_PREFIX_NOT_ALLOWED, text, true))
        .or(
            () ->
                template(resource.getSpec(), observed.nodeName())
                    .map(text -> new Problem(ConditionReason.INVALID_TEMPLATE, text, true)))
        .or(
            () ->
                Schedule.problem(resource.getSpec().schedule())
                    .or(() -> SnapshotTimes.problem(resource.getSpec().snapshots()))
                    .map(text -> new Problem(ConditionReason.INVALID_SCHEDULE, text, true)));
  }

  private Optional<String> hostPathPrefix(String prefix) {
    if (isNormalized(prefix) && allowedHostPathPrefixes.contains(prefix)) {
      return Optional.empty();
    }
    return Optional.of(
        "spec.hostPathPrefix: "
            + prefix
            + " is not on the allow-list ("
            + String.join(", ", allowedHostPathPrefixes.stream().sorted().toList())
            + "). Create the StoppableContainer with one of these, or ask the administrator to"
            + " allow the folder in the operator and the node agent.");
  }

  private static boolean isNormalized(String path) {
    try {
      return path.startsWith("/") && Path.of(path).normalize().toString().equals(path);
    } catch (InvalidPathException e) {
      return false;
    }
  }

  private Optional<String> template(StoppableContainerSpec spec, Optional<String> nodeName) {
    @Nullable Template template = spec.template();
    if (template == null) {
      return Optional.of(
          "spec is larger than "
              + ApiNames.MOST_SPEC_BYTES / 1024
              + " KiB: put what is large into ConfigMaps, Secrets or volumes.");
    }
    if (!NormalizedTemplate.canNormalize(template)) {
      return Optional.of(
          "spec.template: exactly one of container and spec must be set, with a container that has"
              + " an image.");
    }
    return Optional.of(
            new TemplateInspector(template, spec.ephemeral(), nodeName, allowedRuntimeClasses)
                .findings())
        .filter(findings -> !findings.isEmpty())
        .map(TemplateValidator::joined);
  }

  private static String joined(List<String> findings) {
    String first = String.join(" ", findings.subList(0, Math.min(findings.size(), MAX_FINDINGS)));
    return findings.size() > MAX_FINDINGS
        ? first + " And " + (findings.size() - MAX_FINDINGS) + " more."
        : first;
  }
}
