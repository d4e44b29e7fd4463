package top.xtlsoft.stoppablecontainer.reconcile;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.api.ConditionType;
import top.xtlsoft.stoppablecontainer.api.EventReason;
import top.xtlsoft.stoppablecontainer.api.InstancePhase;
import top.xtlsoft.stoppablecontainer.api.LastExit;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceStatus;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerPhase;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
import top.xtlsoft.stoppablecontainer.model.NormalizedTemplate;
import top.xtlsoft.stoppablecontainer.model.TemplateHash;

/** What to tell of what was observed and decided: both statuses, and the events of the change. */
public final class StatusPlanner {

  /** An exit code above this one tells of the signal whose number is the rest. */
  private static final int SIGNALLED = 128;

  private static final int LAST_SIGNAL = 64;

  private final ReadyAssessor assessor;

  /**
   * @param agentWait how long a pod may wait for the node agent before that is reported
   */
  public StatusPlanner(Duration agentWait) {
    this.assessor = new ReadyAssessor(agentWait);
  }

  /** Computes all of it anew; the last status only lends its times and tells what is new. */
  public Pass plan(Pass pass) {
    Observation observed = pass.observed();
    Stage stage = Stage.of(observed);
    Finding ready = assessor.assess(pass, stage);
    Optional<StoppableContainerStatus> before = Optional.ofNullable(observed.sc().getStatus());
    StoppableContainerPhase phase = phase(pass, stage, before);
    StoppableContainerStatus status = status(observed, stage, ready, phase, before);
    Report report =
        new Report(
            status,
            observed.instance().map(sci -> instanceStatus(pass, sci, stage, ready, phase)),
            events(reference(observed.sc()), before, phase, ready));
    Pass told = pass.tell(report);
    return ready.again().map(told::again).orElse(told);
  }

  private static StoppableContainerPhase phase(
      Pass pass, Stage stage, Optional<StoppableContainerStatus> before) {
    Observation observed = pass.observed();
    Optional<StoppableContainerPhase> last = before.map(StoppableContainerStatus::phase);
    StoppableContainerPhase onTheWay =
        stage.isMounted()
            ? StoppableContainerPhase.PROVIDER_READY
            : StoppableContainerPhase.PENDING;
    if (observed.isDeleting()) {
      return last.orElse(StoppableContainerPhase.PENDING);
    }
    if (pass.isWanted() && stage.isAttached()) {
      return StoppableContainerPhase.RUNNING;
    }
    if (pass.problem().filter(Problem::terminal).isPresent()) {
      return StoppableContainerPhase.FAILED;
    }
    if (pass.isWanted()) {
      return observed
              .consumer()
              .map(PodFacts::new)
              .filter(StatusPlanner::failedByItself)
              .isPresent()
          ? StoppableContainerPhase.FAILED
          : onTheWay;
    }
    if (observed.consumer().isPresent()) {
      // It runs until it is gone: its grace period belongs to the container.
      return last.filter(phase -> phase == StoppableContainerPhase.RUNNING).orElse(onTheWay);
    }
    return stage.isSynced() ? StoppableContainerPhase.STOPPED : onTheWay;
  }

  private static boolean failedByItself(PodFacts facts) {
    return facts.isEnded() && !facts.isSucceeded() && !facts.isLost() && !facts.isGoing();
  }

  private static InstancePhase instancePhase(
      Pass pass,
      Stage stage,
      StoppableContainerPhase phase,
      Optional<StoppableContainerInstanceStatus> before) {
    Observation observed = pass.observed();
    if (observed.isDeleting()) {
      return InstancePhase.STOPPING;
    }
    return switch (phase) {
      case FAILED -> InstancePhase.FAILED;
      case STOPPED -> InstancePhase.STOPPED;
      case RUNNING -> pass.isWanted() ? InstancePhase.RUNNING : InstancePhase.STOPPING;
      case PENDING, PROVIDER_READY -> {
        if (!pass.isWanted()
            && (observed.consumer().isPresent() || before.filter(StatusPlanner::ran).isPresent())) {
          yield InstancePhase.STOPPING;
        }
        if (stage.isMounted()) {
          yield observed.consumer().isPresent()
              ? InstancePhase.CONSUMER_STARTING
              : InstancePhase.PROVIDER_READY;
        }
        yield observed.provider().isPresent()
            ? InstancePhase.PROVIDER_STARTING
            : InstancePhase.PENDING;
      }
    };
  }

  private static boolean ran(StoppableContainerInstanceStatus status) {
    InstancePhase phase = status.phase();
    return phase == InstancePhase.CONSUMER_STARTING
        || phase == InstancePhase.RUNNING
        || phase == InstancePhase.STOPPING;
  }

  private static StoppableContainerStatus status(
      Observation observed,
      Stage stage,
      Finding ready,
      StoppableContainerPhase phase,
      Optional<StoppableContainerStatus> before) {
    List<Condition> last = before.map(StoppableContainerStatus::conditions).orElse(List.of());
    List<Condition> conditions = conditions(observed.sc(), observed, stage, ready, last);
    imageChanged(observed, last).ifPresent(conditions::add);
    restartRequired(observed, last).ifPresent(conditions::add);
    nodeUnavailable(observed, last).ifPresent(conditions::add);
    return new StoppableContainerStatus(
        phase,
        observed.sc().getMetadata().getGeneration(),
        ready.message(),
        List.copyOf(conditions),
        observed.instance().map(StatusPlanner::name).orElse(null),
        observed.provider().map(StatusPlanner::name).orElse(null),
        observed.consumer().map(StatusPlanner::name).orElse(null),
        observed.nodeName().orElse(null),
        hostPath(observed),
        imageID(observed, before.map(StoppableContainerStatus::imageID)).orElse(null),
        since(observed, phase, before),
        restartCount(observed, before.map(StoppableContainerStatus::restartCount)).orElse(null),
        lastExit(observed).or(() -> before.map(StoppableContainerStatus::lastExit)).orElse(null));
  }

  private static StoppableContainerInstanceStatus instanceStatus(
      Pass pass,
      StoppableContainerInstance instance,
      Stage stage,
      Finding ready,
      StoppableContainerPhase phase) {
    Observation observed = pass.observed();
    Optional<StoppableContainerInstanceStatus> before = Optional.ofNullable(instance.getStatus());
    List<Condition> last =
        before.map(StoppableContainerInstanceStatus::conditions).orElse(List.of());
    return new StoppableContainerInstanceStatus(
        instancePhase(pass, stage, phase, before),
        instance.getMetadata().getGeneration(),
        ready.message(),
        List.copyOf(conditions(instance, observed, stage, ready, last)),
        observed.provider().map(StatusPlanner::name).orElse(null),
        observed.consumer().map(StatusPlanner::name).orElse(null),
        hostPath(observed),
        imageID(observed, before.map(StoppableContainerInstanceStatus::imageID)).orElse(null),
        before.map(StoppableContainerInstanceStatus::agent).orElse(null));
  }

  private static List<Condition> conditions(
      HasMetadata of, Observation observed, Stage stage, Finding ready, List<Condition> last) {
    ConditionReason mounted =
        stage.isMounted() ? ConditionReason.MOUNTED : ConditionReason.NOT_MOUNTED;
    List<Condition> conditions = new ArrayList<>();
    conditions.add(
        condition(
            of,
            observed,
            last,
            ConditionType.READY,
            ready.ready(),
            ready.reason(),
            ready.message()));
    conditions.add(
        condition(
            of,
            observed,
            last,
            ConditionType.MOUNTED,
            stage.isMounted(),
            mounted.wire(),
            mounted.message()));
    return conditions;
  }

  private static Optional<Condition> imageChanged(Observation observed, List<Condition> last) {
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
                    observed,
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

  private static Optional<Condition> nodeUnavailable(Observation observed, List<Condition> last) {
    return observed
        .nodeName()
        .flatMap(observed.nodes()::trouble)
        .map(
            reason ->
                condition(
                    observed.sc(),
                    observed,
                    last,
                    ConditionType.NODE_UNAVAILABLE,
                    true,
                    reason.wire(),
                    reason.message()));
  }

  /** Of a container that runs, or is about to, and is to go on. */
  private static Optional<Condition> restartRequired(Observation observed, List<Condition> last) {
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
                    observed,
                    last,
                    ConditionType.RESTART_REQUIRED,
                    true,
                    ConditionReason.TEMPLATE_CHANGED.wire(),
                    ConditionReason.TEMPLATE_CHANGED.message()));
  }

  private static Condition condition(
      HasMetadata of,
      Observation observed,
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
            .orElseGet(() -> seconds(observed.at()));
    return new ConditionBuilder()
        .withType(type.wire())
        .withStatus(status)
        .withReason(reason)
        .withMessage(message)
        .withObservedGeneration(of.getMetadata().getGeneration())
        .withLastTransitionTime(since)
        .build();
  }

  private static List<PlannedEvent> events(
      ObjectReference regarding,
      Optional<StoppableContainerStatus> before,
      StoppableContainerPhase phase,
      Finding ready) {
    List<PlannedEvent> events = new ArrayList<>();
    Optional<StoppableContainerPhase> last = before.map(StoppableContainerStatus::phase);
    if (last.filter(phase::equals).isEmpty()) {
      switch (phase) {
        case PROVIDER_READY -> {
          // From any later phase it is a step back, which the finding tells.
          if (last.isEmpty() || last.get() == StoppableContainerPhase.PENDING) {
            events.add(normal(regarding, EventReason.PROVIDER_READY));
          }
        }
        case RUNNING -> events.add(normal(regarding, EventReason.STARTED));
        case STOPPED -> events.add(normal(regarding, EventReason.STOPPED));
        case PENDING, FAILED -> {}
      }
    }
    boolean sameReason =
        before.map(StoppableContainerStatus::conditions).orElse(List.of()).stream()
            .filter(c -> ConditionType.READY.wire().equals(c.getType()))
            .anyMatch(c -> ready.reason().equals(c.getReason()));
    if (!sameReason) {
      if (ready.warning()) {
        events.add(new PlannedEvent(regarding, true, ready.reason(), "Reconcile", ready.message()));
      } else if (ready.is(ConditionReason.DELETING)) {
        events.add(normal(regarding, EventReason.DELETING));
      } else if (ready.is(ConditionReason.COMPLETED)) {
        events.add(normal(regarding, EventReason.COMPLETED));
      }
    }
    return events;
  }

  private static PlannedEvent normal(ObjectReference regarding, EventReason reason) {
    return new PlannedEvent(regarding, false, reason.wire(), reason.action(), reason.message());
  }

  private static ObjectReference reference(HasMetadata object) {
    return new ObjectReferenceBuilder()
        .withApiVersion(object.getApiVersion())
        .withKind(object.getKind())
        .withNamespace(object.getMetadata().getNamespace())
        .withName(object.getMetadata().getName())
        .withUid(object.getMetadata().getUid())
        .build();
  }

  private static Optional<String> imageID(Observation observed, Optional<String> last) {
    return observed
        .instance()
        .map(StoppableContainerInstance::getStatus)
        .map(StoppableContainerInstanceStatus::agent)
        .map(AgentReport::imageID)
        .or(
            () ->
                observed
                    .provider()
                    .map(PodFacts::new)
                    .flatMap(facts -> facts.imageID(ApiNames.CONTAINER_ROOTFS)))
        .or(() -> last);
  }

  /** Of the pod that is there; the last one's while there is none. */
  private static Optional<Integer> restartCount(Observation observed, Optional<Integer> last) {
    return observed.consumer().isEmpty()
        ? last
        : stoppable(observed).map(ContainerStatus::getRestartCount).or(() -> Optional.of(0));
  }

  private static Optional<LastExit> lastExit(Observation observed) {
    return stoppable(observed)
        .flatMap(PodFacts::lastEnd)
        .map(
            end ->
                new LastExit(end.getExitCode(), end.getReason(), end.getFinishedAt(), signal(end)));
  }

  /** The runtime tells of a signal by the exit code alone, as a shell does. */
  private static @Nullable Integer signal(ContainerStateTerminated end) {
    Integer signal = end.getSignal();
    if (signal != null && signal > 0) {
      return signal;
    }
    Integer code = end.getExitCode();
    return code != null && code > SIGNALLED && code <= SIGNALLED + LAST_SIGNAL
        ? Integer.valueOf(code - SIGNALLED)
        : null;
  }

  private static Optional<ContainerStatus> stoppable(Observation observed) {
    return observed
        .consumer()
        .flatMap(
            pod -> new PodFacts(pod).status(pod.getSpec().getContainers().getFirst().getName()));
  }

  private static @Nullable String hostPath(Observation observed) {
    return observed.instance().isEmpty()
        ? null
        : observed.hostPathPrefix()
            + "/"
            + observed.key().namespace()
            + "/"
            + observed.key().name();
  }

  private static @Nullable String since(
      Observation observed,
      StoppableContainerPhase phase,
      Optional<StoppableContainerStatus> before) {
    boolean lasting =
        phase == StoppableContainerPhase.RUNNING || phase == StoppableContainerPhase.STOPPED;
    boolean same = before.map(StoppableContainerStatus::phase).filter(phase::equals).isPresent();
    return lasting && !same
        ? seconds(observed.at())
        : before.map(StoppableContainerStatus::since).orElse(null);
  }

  private static String name(HasMetadata object) {
    return object.getMetadata().getName();
  }

  private static String seconds(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
