package top.xtlsoft.stoppablecontainer.operator.status;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.api.ConditionType;
import top.xtlsoft.stoppablecontainer.api.Provider;
import top.xtlsoft.stoppablecontainer.operator.model.NormalizedTemplate;
import top.xtlsoft.stoppablecontainer.operator.model.TemplateHash;
import top.xtlsoft.stoppablecontainer.operator.pass.Decision;
import top.xtlsoft.stoppablecontainer.operator.pass.Finding;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;
import top.xtlsoft.stoppablecontainer.operator.pass.Parking;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;
import top.xtlsoft.stoppablecontainer.operator.pass.PodFacts;
import top.xtlsoft.stoppablecontainer.operator.pass.Problem;
import top.xtlsoft.stoppablecontainer.operator.pass.SnapshotKeeper;
import top.xtlsoft.stoppablecontainer.operator.pass.Stage;

/** The conditions of both kinds. */
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
      Pass pass, Optional<Finding> stalled, Optional<Finding> end, List<Condition> before) {
    Conditions make = new Conditions(observed.sc(), before, observed.at());
    List<Condition> conditions = new ArrayList<>(ofInstance(observed.sc(), before));
    stalled
        .map(why -> make.of(ConditionType.STALLED, true, why.reason(), why.message()))
        .ifPresent(conditions::add);
    end.map(how -> make.of(ConditionType.ENDED, true, how.reason(), how.message()))
        .ifPresent(conditions::add);
    imageChanged()
        .map(
            message ->
                make.of(
                    ConditionType.IMAGE_CHANGED, true, ConditionReason.NOT_APPLIED.wire(), message))
        .ifPresent(conditions::add);
    if (isRestartRequired()) {
      conditions.add(
          make.of(ConditionType.RESTART_REQUIRED, true, ConditionReason.TEMPLATE_CHANGED));
    }
    nodeProblem()
        .map(
            problem ->
                make.of(
                    ConditionType.NODE_UNAVAILABLE,
                    true,
                    problem.reason().wire(),
                    problem.message()))
        .ifPresent(conditions::add);
    if (isPlacedElsewhere()) {
      conditions.add(
          make.of(ConditionType.PLACEMENT_NOT_APPLIED, true, ConditionReason.NODE_FIXED));
    }
    DiskPressure.of(observed)
        .map(why -> make.of(ConditionType.DISK_PRESSURE, true, why))
        .ifPresent(conditions::add);
    untaken(pass)
        .map(why -> make.of(ConditionType.SNAPSHOT_WAITING, true, why.reason(), why.message()))
        .ifPresent(conditions::add);
    parked(pass, make).ifPresent(conditions::add);
    return List.copyOf(conditions);
  }

  /** Why a snapshot that spec.snapshots asks for is not there. */
  private static Optional<Finding> untaken(Pass pass) {
    return pass.untaken()
        .map(problem -> Finding.warning(problem.reason(), problem.message()))
        .or(() -> SnapshotKeeper.of(pass.observed()).flatMap(SnapshotKeeper::obstacle));
  }

  /** Of a container that is stopped, or about to, when the pod of its next start is to wait. */
  private Optional<Condition> parked(Pass pass, Conditions make) {
    if (!NormalizedTemplate.canNormalize(observed.sc().getSpec().template())
        || !stage.isSynced()
        || !Parking.isWanted(observed)) {
      return Optional.empty();
    }
    Optional<Problem> obstacle =
        Parking.obstacle(observed)
            .or(() -> pass.unparked().filter(why -> !isOfResources(why)))
            .or(pass::problem);
    if (obstacle.isPresent()) {
      return Optional.of(
          make.of(
              ConditionType.PARKED,
              false,
              obstacle.get().reason().wire(),
              obstacle.get().message()));
    }
    Optional<PodFacts> pod =
        observed
            .parked()
            .map(PodFacts::new)
            .filter(facts -> !facts.isGoing())
            .filter(_ -> !(pass.decision() instanceof Decision.DeleteConsumer));
    if (pod.filter(facts -> facts.main().flatMap(facts::runningSince).isPresent()).isPresent()) {
      return Optional.of(
          Parking.unshrinkable(observed, observed.parked().orElseThrow())
              .or(() -> pass.unparked().filter(ConditionPlanner::isOfResources))
              .map(why -> make.of(ConditionType.PARKED, true, why.reason().wire(), why.message()))
              .orElseGet(() -> make.of(ConditionType.PARKED, true, ConditionReason.POD_WAITS)));
    }
    Finding why =
        pod.flatMap(facts -> ReadyAssessor.pod(observed, facts, "pod"))
            .orElseGet(() -> Finding.notYet(ConditionReason.POD_STARTING));
    return Optional.of(make.of(ConditionType.PARKED, false, why.reason(), why.message()));
  }

  private static boolean isOfResources(Problem why) {
    return why.reason() == ConditionReason.RESOURCES_KEPT;
  }

  /** Conditions that both kinds have. */
  List<Condition> ofInstance(HasMetadata of, List<Condition> before) {
    Conditions make = new Conditions(of, before, observed.at());
    List<Condition> conditions = new ArrayList<>();
    // A false Ready is work in progress for kstatus, and there is none.
    if (!ready.is(ConditionReason.STOPPED)
        && !ready.is(ConditionReason.STOPPED_BY_SCHEDULE)
        && !ready.is(ConditionReason.STOPPED_IDLE)) {
      conditions.add(make.of(ConditionType.READY, ready.ready(), ready.reason(), ready.message()));
    }
    conditions.add(
        make.of(
            ConditionType.MOUNTED,
            stage.isMounted(),
            stage.isMounted() ? ConditionReason.MOUNTED : ConditionReason.NOT_MOUNTED));
    return conditions;
  }

  private Optional<String> imageChanged() {
    if (!NormalizedTemplate.canNormalize(observed.sc().getSpec().template())) {
      return Optional.empty();
    }
    String wanted = NormalizedTemplate.of(observed.sc().getSpec()).image();
    return observed
        .instance()
        .map(sci -> sci.getSpec().image())
        .filter(image -> !image.equals(wanted))
        .map(
            image ->
                "The file system was made from "
                    + image
                    + ", the template names "
                    + wanted
                    + ". "
                    + ConditionReason.NOT_APPLIED.message());
  }

  /** Also reported while the phase of a container on a node that has gone is still Running. */
  private Optional<Problem> nodeProblem() {
    return observed
        .nodeName()
        .flatMap(
            node ->
                observed.nodes().has(node)
                    ? observed
                        .nodes()
                        .trouble(node)
                        .map(why -> new Problem(why, why.message(), false))
                    : Optional.of(Problem.nodeGone(node)));
  }

  private boolean isPlacedElsewhere() {
    Optional<Map<String, String>> wanted =
        Optional.ofNullable(observed.sc().getSpec().provider()).map(Provider::nodeSelector);
    return observed
        .nodeName()
        .filter(observed.nodes()::has)
        .filter(
            node ->
                wanted.filter(selector -> !observed.nodes().isChosenBy(selector, node)).isPresent())
        .isPresent();
  }

  /** True for a container that runs, or starts, with an older template, and stays wanted. */
  private boolean isRestartRequired() {
    if (!observed.isPodWanted()
        || !NormalizedTemplate.canNormalize(observed.sc().getSpec().template())) {
      return false;
    }
    String wanted = TemplateHash.of(NormalizedTemplate.of(observed.sc().getSpec()));
    return observed
        .consumer()
        .filter(pod -> !new PodFacts(pod).isGoing() && !new PodFacts(pod).isEnded())
        .flatMap(TemplateHash::of)
        .filter(hash -> !hash.equals(wanted))
        .isPresent();
  }
}
