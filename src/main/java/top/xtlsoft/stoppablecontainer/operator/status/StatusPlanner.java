package top.xtlsoft.stoppablecontainer.operator.status;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.LastExit;
import top.xtlsoft.stoppablecontainer.api.ScheduledChange;
import top.xtlsoft.stoppablecontainer.api.SnapshotScheduleStatus;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceStatus;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerPhase;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
import top.xtlsoft.stoppablecontainer.operator.model.Schedule;
import top.xtlsoft.stoppablecontainer.operator.pass.Finding;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;
import top.xtlsoft.stoppablecontainer.operator.pass.PodFacts;
import top.xtlsoft.stoppablecontainer.operator.pass.Problem;
import top.xtlsoft.stoppablecontainer.operator.pass.Report;
import top.xtlsoft.stoppablecontainer.operator.pass.SnapshotKeeper;
import top.xtlsoft.stoppablecontainer.operator.pass.Stage;

/** Plans the report of a pass: both statuses, and the events of the change. */
public final class StatusPlanner {

  /**
   * How long a state lasts that is worth a report. A start or a stop that nothing holds up takes
   * less, except in a crowd: there each write that is saved makes the others faster.
   */
  public static final Duration PATIENCE = Duration.ofSeconds(2);

  private final ReadyAssessor assessor;
  private final HeldReports held;

  /**
   * @param agentWait how long a pod may wait for the node agent before that is reported
   * @param patience how long the report of a state that will pass may be held back
   * @param held memory for these reports, by the UID of the resource; may forget
   */
  public StatusPlanner(Duration agentWait, Duration patience, Map<String, HeldReport> held) {
    this.assessor = new ReadyAssessor(agentWait);
    this.held = new HeldReports(patience, held);
  }

  /**
   * Computes the whole status from the observation. The status before only provides times and what
   * outlives a pod, and shows which changes are new. The pass has no report while it is held back.
   */
  public Pass plan(Pass pass) {
    if (pass.observed().resource().isEmpty()) {
      return pass;
    }
    Stage stage = Stage.of(pass.observed());
    Finding ready = assessor.assess(pass, stage);
    Report report = report(pass, stage, ready);
    Pass asked = ready.again().map(pass::again).orElse(pass);
    Pass expiring = expiry(pass.observed(), report.status()).map(asked::again).orElse(asked);
    Pass idling = idleness(pass.observed(), report.status()).map(expiring::again).orElse(expiring);
    Pass next = wake(pass.observed(), report.status()).map(idling::again).orElse(idling);
    return held.hold(pass, report, ready).map(next::again).orElseGet(() -> next.report(report));
  }

  /** How long until the user is warned of the deletion, or it comes. */
  private static Optional<Duration> expiry(Observation observed, StoppableContainerStatus next) {
    return Expiry.of(observed, next.phase(), next.since(), Optional.of(next))
        .map(expiry -> Duration.between(observed.at(), expiry.next()))
        .filter(Duration::isPositive);
  }

  /** How long until the user is warned of the stop of an idle container, or it comes. */
  private static Optional<Duration> idleness(Observation observed, StoppableContainerStatus next) {
    return Idleness.of(observed, Optional.of(next))
        .flatMap(Idleness::next)
        .map(time -> Duration.between(observed.at(), time))
        .filter(Duration::isPositive);
  }

  /** How long until a connection that came in the cool-down starts the container. */
  private static Optional<Duration> wake(Observation observed, StoppableContainerStatus next) {
    return Waking.of(observed, Optional.of(next))
        .next()
        .map(time -> Duration.between(observed.at(), time))
        .filter(Duration::isPositive);
  }

  private Report report(Pass pass, Stage stage, Finding ready) {
    Observation observed = pass.observed();
    Optional<Report> unwritten = held.last(observed.sc());
    Optional<StoppableContainerStatus> written = Optional.ofNullable(observed.sc().getStatus());
    Optional<StoppableContainerStatus> before = unwritten.map(Report::status).or(() -> written);
    Optional<Finding> end = EndAssessor.end(observed);
    StoppableContainerPhase phase = PhasePlanner.phase(pass, stage, end, before);
    ConditionPlanner conditions = new ConditionPlanner(observed, stage, ready);
    StoppableContainerStatus next =
        status(
            observed,
            phase,
            ready.message(),
            conditions.ofResource(
                pass,
                stalled(pass, phase, ready),
                end,
                before.map(StoppableContainerStatus::conditions).orElse(List.of())),
            before);
    return new Report(
        next,
        observed
            .instance()
            .filter(_ -> observed.ownsInstance())
            .map(
                sci ->
                    instanceStatus(
                        pass,
                        sci,
                        stage,
                        conditions,
                        ready.message(),
                        phase,
                        unwritten
                            .flatMap(Report::instanceStatus)
                            .or(() -> Optional.ofNullable(sci.getStatus())))),
        EventPlanner.events(observed, written, next, ready));
  }

  /** A problem that only the user can end; a container that runs can have one, too. */
  private static Optional<Finding> stalled(
      Pass pass, StoppableContainerPhase phase, Finding ready) {
    return pass.problem()
        .filter(Problem::terminal)
        .map(problem -> Finding.warning(problem.reason(), problem.message()))
        .or(() -> Optional.of(ready).filter(_ -> phase == StoppableContainerPhase.FAILED))
        .filter(_ -> !pass.observed().isDeleting());
  }

  private static StoppableContainerStatus status(
      Observation observed,
      StoppableContainerPhase phase,
      String message,
      List<Condition> conditions,
      Optional<StoppableContainerStatus> before) {
    String since = since(observed, phase, before);
    Optional<Expiry> expiry = Expiry.of(observed, phase, since, before);
    return new StoppableContainerStatus(
        phase,
        observed.sc().getMetadata().getGeneration(),
        observed.wanted(),
        wantedSince(observed, before),
        message,
        conditions,
        observed.instance().map(StatusPlanner::name).orElse(null),
        observed.provider().map(StatusPlanner::name).orElse(null),
        observed.consumer().map(StatusPlanner::name).orElse(null),
        observed.nodeName().orElse(null),
        hostPath(observed),
        observed.instance().map(sci -> sci.getSpec().image()).orElse(null),
        imageID(observed, before.map(StoppableContainerStatus::imageID)).orElse(null),
        since,
        lastStart(observed, phase, before),
        restartCount(observed, before.map(StoppableContainerStatus::restartCount)).orElse(null),
        lastExit(observed).or(() -> before.map(StoppableContainerStatus::lastExit)).orElse(null),
        observed.schedule().map(Schedule::userWish).orElse(null),
        observed
            .schedule()
            .flatMap(Schedule::next)
            .map(next -> new ScheduledChange(next.running(), next.at().toString()))
            .orElse(null),
        expiry.map(Expiry::at).map(Instant::toString).orElse(null),
        expiry.flatMap(Expiry::warnedAt).map(Instant::toString).orElse(null),
        Idleness.of(observed, before).map(Idleness::status).orElse(null),
        Waking.of(observed, before).status().orElse(null),
        snapshots(observed, before).orElse(null));
  }

  private static StoppableContainerInstanceStatus instanceStatus(
      Pass pass,
      StoppableContainerInstance instance,
      Stage stage,
      ConditionPlanner conditions,
      String message,
      StoppableContainerPhase phase,
      Optional<StoppableContainerInstanceStatus> before) {
    Observation observed = pass.observed();
    List<Condition> last =
        before.map(StoppableContainerInstanceStatus::conditions).orElse(List.of());
    return new StoppableContainerInstanceStatus(
        PhasePlanner.instancePhase(pass, stage, phase, before),
        instance.getMetadata().getGeneration(),
        message,
        conditions.ofInstance(instance, last),
        observed.provider().map(StatusPlanner::name).orElse(null),
        observed.consumer().map(StatusPlanner::name).orElse(null),
        hostPath(observed),
        imageID(observed, before.map(StoppableContainerInstanceStatus::imageID)).orElse(null),
        Optional.ofNullable(instance.getStatus())
            .map(StoppableContainerInstanceStatus::agent)
            .orElse(null));
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

  /** Without a file system it stays as it was. */
  private static Optional<SnapshotScheduleStatus> snapshots(
      Observation observed, Optional<StoppableContainerStatus> before) {
    return SnapshotKeeper.of(observed)
        .map(SnapshotKeeper::status)
        .or(
            () ->
                before
                    .map(StoppableContainerStatus::snapshots)
                    .filter(_ -> observed.sc().getSpec().snapshots() != null));
  }

  /** Changes together with the phase, so that a start needs no additional write. */
  private static @Nullable String lastStart(
      Observation observed,
      StoppableContainerPhase phase,
      Optional<StoppableContainerStatus> before) {
    return observed
        .consumer()
        .filter(pod -> phase == StoppableContainerPhase.RUNNING)
        .map(PodFacts::new)
        .flatMap(facts -> facts.main().flatMap(facts::runningSince))
        .map(Instant::toString)
        .or(() -> before.map(StoppableContainerStatus::lastStart))
        .orElse(null);
  }

  /** The count of the pod; while there is none, the count of the last pod. */
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
                new LastExit(
                    end.getExitCode(),
                    end.getReason(),
                    end.getFinishedAt(),
                    ExitText.signal(end).orElse(null)));
  }

  private static Optional<ContainerStatus> stoppable(Observation observed) {
    return observed.consumer().map(PodFacts::new).flatMap(PodFacts::mainStatus);
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

  /** Absent for what was wanted before an operator began to write the time. */
  private static @Nullable String wantedSince(
      Observation observed, Optional<StoppableContainerStatus> before) {
    return before
        .filter(last -> last.wanted() == observed.wanted())
        .map(last -> Optional.ofNullable(last.wantedSince()))
        .orElseGet(() -> Optional.of(observed.at().truncatedTo(ChronoUnit.SECONDS).toString()))
        .orElse(null);
  }

  private static String since(
      Observation observed,
      StoppableContainerPhase phase,
      Optional<StoppableContainerStatus> before) {
    boolean same = before.map(StoppableContainerStatus::phase).filter(phase::equals).isPresent();
    return before
        .map(StoppableContainerStatus::since)
        .filter(since -> same)
        .orElseGet(() -> observed.at().truncatedTo(ChronoUnit.SECONDS).toString());
  }

  private static String name(HasMetadata object) {
    return object.getMetadata().getName();
  }
}
