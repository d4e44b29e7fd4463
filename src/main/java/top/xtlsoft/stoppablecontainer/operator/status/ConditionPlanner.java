package top.xtlsoft.stoppablecontainer.operator.status;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.api.ConditionType;
import top.xtlsoft.stoppablecontainer.api.Provider;
import top.xtlsoft.stoppablecontainer.operator.model.NormalizedTemplate;
import top.xtlsoft.stoppablecontainer.operator.model.TemplateHash;
import top.xtlsoft.stoppablecontainer.operator.pass.Finding;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;
import top.xtlsoft.stoppablecontainer.operator.pass.PodFacts;
import top.xtlsoft.stoppablecontainer.operator.pass.Problem;
import top.xtlsoft.stoppablecontainer.operator.pass.Stage;

/** The conditions of both kinds. The last ones lend the times since when each has its status. */
final class ConditionPlanner {

  private final Observation observed;
  private final Stage stage;
  private final Finding ready;

  ConditionPlanner(Observation observed, Stage stage, Finding ready) {
    this.observed = observed;
    this.stage = stage;
    this.ready = ready;
  }

  /** Conditions of the StoppableContainer. */
  List<Condition> ofResource(
      Optional<Finding> stalled, Optional<Finding> end, List<Condition> last) {
    List<Condition> conditions = new ArrayList<>(ofInstance(observed.sc(), last));
    stalled
        .map(
            why ->
                condition(
                    observed.sc(), last, ConditionType.STALLED, true, why.reason(), why.message()))
        .ifPresent(conditions::add);
    end.ifPresent(finding -> conditions.add(ended(finding, last)));
    imageChanged(last).ifPresent(conditions::add);
    restartRequired(last).ifPresent(conditions::add);
    nodeUnavailable(last).ifPresent(conditions::add);
    placementNotApplied(last).ifPresent(conditions::add);
    DiskPressure.of(observed).map(why -> diskPressure(why, last)).ifPresent(conditions::add);
    return List.copyOf(conditions);
  }

  /** Conditions that both kinds have. */
  List<Condition> ofInstance(HasMetadata of, List<Condition> last) {
    ConditionReason mounted =
        stage.isMounted() ? ConditionReason.MOUNTED : ConditionReason.NOT_MOUNTED;
    List<Condition> conditions = new ArrayList<>();
    if (!ready.is(ConditionReason.STOPPED)) {
      conditions.add(
          condition(of, last, ConditionType.READY, ready.ready(), ready.reason(), ready.message()));
    }
    conditions.add(
        condition(
            of, last, ConditionType.MOUNTED, stage.isMounted(), mounted.wire(), mounted.message()));
    return conditions;
  }

  private Condition ended(Finding end, List<Condition> last) {
    return condition(observed.sc(), last, ConditionType.ENDED, true, end.reason(), end.message());
  }

  private Condition diskPressure(ConditionReason why, List<Condition> last) {
    return condition(
        observed.sc(), last, ConditionType.DISK_PRESSURE, true, why.wire(), why.message());
  }

  private Optional<Condition> imageChanged(List<Condition> last) {
    if (!NormalizedTemplate.canNormalize(observed.sc().getSpec().template())) {
      return Optional.empty();
    }
    String wanted = NormalizedTemplate.of(observed.sc().getSpec().template()).image();
    return observed
        .instance()
        .map(sci -> sci.getSpec().image())
        .filter(image -> !image.equals(wanted))
        .map(
            image ->
                condition(
                    observed.sc(),
                    last,
                    ConditionType.IMAGE_CHANGED,
                    true,
                    ConditionReason.NOT_APPLIED.wire(),
                    "The file system was made from "
                        + image
                        + ", the template names "
                        + wanted
                        + ". "
                        + ConditionReason.NOT_APPLIED.message()));
  }

  private Optional<Condition> nodeUnavailable(List<Condition> last) {
    return observed
        .nodeName()
        .flatMap(node -> observed.nodes().has(node) ? trouble(node) : gone(node))
        .map(
            problem ->
                condition(
                    observed.sc(),
                    last,
                    ConditionType.NODE_UNAVAILABLE,
                    true,
                    problem.reason().wire(),
                    problem.message()));
  }

  private Optional<Condition> placementNotApplied(List<Condition> last) {
    Optional<Map<String, String>> wanted =
        Optional.ofNullable(observed.sc().getSpec().provider()).map(Provider::nodeSelector);
    return observed
        .nodeName()
        .filter(observed.nodes()::has)
        .filter(
            node ->
                wanted.filter(selector -> !observed.nodes().isChosenBy(selector, node)).isPresent())
        .map(
            _ ->
                condition(
                    observed.sc(),
                    last,
                    ConditionType.PLACEMENT_NOT_APPLIED,
                    true,
                    ConditionReason.NODE_FIXED.wire(),
                    ConditionReason.NODE_FIXED.message()));
  }

  private Optional<Problem> trouble(String node) {
    return observed.nodes().trouble(node).map(why -> new Problem(why, why.message(), false));
  }

  /** Also told while what ran there is still said to run. */
  private static Optional<Problem> gone(String node) {
    return Optional.of(Problem.nodeGone(node));
  }

  /** Of a container that runs, or is about to, and is to go on. */
  private Optional<Condition> restartRequired(List<Condition> last) {
    if (!observed.isWanted()
        || !NormalizedTemplate.canNormalize(observed.sc().getSpec().template())) {
      return Optional.empty();
    }
    return observed
        .consumer()
        .filter(pod -> !new PodFacts(pod).isGoing() && !new PodFacts(pod).isEnded())
        .flatMap(TemplateHash::of)
        .filter(
            hash ->
                !hash.equals(
                    TemplateHash.of(NormalizedTemplate.of(observed.sc().getSpec().template()))))
        .map(
            hash ->
                condition(
                    observed.sc(),
                    last,
                    ConditionType.RESTART_REQUIRED,
                    true,
                    ConditionReason.TEMPLATE_CHANGED.wire(),
                    ConditionReason.TEMPLATE_CHANGED.message()));
  }

  private Condition condition(
      HasMetadata of,
      List<Condition> last,
      ConditionType type,
      boolean value,
      String reason,
      String message) {
    String status = value ? "True" : "False";
    String since =
        last.stream()
            .filter(c -> type.wire().equals(c.getType()) && status.equals(c.getStatus()))
            .map(Condition::getLastTransitionTime)
            .findFirst()
            .orElseGet(() -> observed.at().truncatedTo(ChronoUnit.SECONDS).toString());
    return new ConditionBuilder()
        .withType(type.wire())
        .withStatus(status)
        .withReason(reason)
        .withMessage(message)
        .withObservedGeneration(of.getMetadata().getGeneration())
        .withLastTransitionTime(since)
        .build();
  }
}
