package top.xtlsoft.stoppablecontainer.operator.status;

import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.Set;
import top.xtlsoft.stoppablecontainer.api.AgentReason;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceStatus;
import top.xtlsoft.stoppablecontainer.operator.model.Schedule;
import top.xtlsoft.stoppablecontainer.operator.pass.Decision;
import top.xtlsoft.stoppablecontainer.operator.pass.Finding;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;
import top.xtlsoft.stoppablecontainer.operator.pass.PodFacts;
import top.xtlsoft.stoppablecontainer.operator.pass.Problem;
import top.xtlsoft.stoppablecontainer.operator.pass.Stage;

/** Finds the reason of the Ready condition: the first one that applies. */
final class ReadyAssessor {

  /** Why the agent does not enlarge the file system of a container that runs. */
  private static final Set<String> OF_GROWTH =
      Set.of(AgentReason.STORAGE_SIZE_UNSUPPORTED.wire(), AgentReason.NOT_ENOUGH_SPACE.wire());

  private final Duration agentWait;

  ReadyAssessor(Duration agentWait) {
    this.agentWait = agentWait;
  }

  Finding assess(Pass pass, Stage stage) {
    Observation observed = pass.observed();
    if (observed.isDeleting()) {
      return deleting(pass);
    }
    if (pass.isPodWanted() && stage.isConsumerReady()) {
      // A template that became invalid does not stop a container that runs.
      return Finding.ready(
          ConditionReason.RUNNING.message()
              + pass.problem()
                  .map(Problem::message)
                  .or(() -> refusedGrowth(observed))
                  .map(" "::concat)
                  .orElse(""));
    }
    if (pass.problem().isPresent()) {
      Problem problem = pass.problem().get();
      return Finding.warning(problem.reason(), problem.message());
    }
    return pass.isPodWanted() ? wanted(observed, stage) : notWanted(observed, stage);
  }

  private Finding deleting(Pass pass) {
    Optional<StoppableContainerInstance> instance = pass.observed().instance();
    if (pass.decision() instanceof Decision.Await(String what, _)) {
      Finding finding =
          Finding.notYet(
              ConditionReason.DELETING,
              ConditionReason.DELETING.message() + " Waiting for " + what + ".");
      Optional<AgentReport.Failure> failure = instance.flatMap(ReadyAssessor::failureOnNode);
      if (failure.isPresent()) {
        return carried(failure.get());
      }
      boolean onNode = pass.observed().consumer().isEmpty() && pass.observed().provider().isEmpty();
      return instance
          .filter(sci -> onNode && sci.isMarkedForDeletion())
          .map(sci -> time(sci.getMetadata().getDeletionTimestamp()))
          .map(since -> agentLate(pass.observed(), since, finding))
          .orElse(finding);
    }
    return Finding.notYet(ConditionReason.DELETING);
  }

  private Finding notWanted(Observation observed, Stage stage) {
    if (observed.consumer().isPresent()) {
      return Finding.notYet(ConditionReason.STOPPING);
    }
    if (stage.isSynced()) {
      ConditionReason reason = observed.wanted().reason();
      return Finding.notYet(reason, reason.message() + nextStart(observed));
    }
    return provider(observed, stage)
        .orElseGet(
            () ->
                observed
                    .instance()
                    .flatMap(ReadyAssessor::failureOnNode)
                    .map(ReadyAssessor::carried)
                    .orElseGet(
                        () -> Finding.notYet(ConditionReason.STOPPING, lastWrites(observed))));
  }

  /** A disk image is flushed alone. */
  private static String lastWrites(Observation observed) {
    boolean hasSize =
        observed.instance().filter(sci -> sci.getSpec().sizeBytes() != null).isPresent();
    return "Waiting for the node agent to bring the last writes to disk"
        + (hasSize ? "." : ", with all that others wrote to that disk.");
  }

  /** A schedule that stops it once more has nothing to say. */
  private static String nextStart(Observation observed) {
    return observed
        .schedule()
        .flatMap(Schedule::next)
        .filter(Schedule.Change::running)
        .map(start -> " The schedule starts it at " + start.at() + ".")
        .orElse("");
  }

  private Finding wanted(Observation observed, Stage stage) {
    Optional<Finding> end = EndAssessor.end(observed);
    if (end.isPresent()) {
      return end.get();
    }
    Optional<Finding> provider = provider(observed, stage);
    Optional<Finding> consumer = observed.consumer().map(pod -> consumer(observed, pod, stage));
    // Both pods start side by side: a pod that is still starting must not hide a problem of the
    // other one. A provider that follows its consumer fits no node until the consumer has one.
    boolean placed = observed.nodeName().isPresent();
    return consumer
        .filter(finding -> !placed && finding.warning())
        .or(() -> provider.filter(Finding::warning))
        .or(() -> consumer.filter(Finding::warning))
        .or(() -> provider)
        .or(() -> consumer)
        .orElseGet(() -> Finding.notYet(ConditionReason.CONSUMER_STARTING));
  }

  /** Why the file system is not mounted yet; empty when it is mounted. */
  private Optional<Finding> provider(Observation observed, Stage stage) {
    if (stage.isMounted()) {
      return Optional.empty();
    }
    Optional<Pod> provider = observed.provider();
    if (provider.isEmpty()) {
      return Optional.of(Finding.notYet(ConditionReason.PROVIDER_STARTING));
    }
    PodFacts facts = new PodFacts(provider.get());
    return Optional.of(
        pod(observed, facts, "provider pod")
            .or(() -> refusal(facts, ApiNames.POD_CONDITION_MOUNTED))
            .or(
                () ->
                    observed
                        .instance()
                        .flatMap(ReadyAssessor::failureOnNode)
                        .map(ReadyAssessor::carried))
            .or(() -> crash(facts, "provider pod"))
            .or(
                () ->
                    waitOnNode(
                        facts, ApiNames.POD_CONDITION_MOUNTED, ConditionReason.PROVIDER_STARTING))
            .or(
                () ->
                    waitingSince(facts, ApiNames.CONTAINER_ROOTFS, ApiNames.CONTAINER_PROVIDER)
                        .map(
                            since ->
                                agentLate(
                                    observed,
                                    since,
                                    Finding.notYet(ConditionReason.PROVIDER_STARTING))))
            .orElseGet(() -> Finding.notYet(ConditionReason.PROVIDER_STARTING)));
  }

  private Finding consumer(Observation observed, Pod pod, Stage stage) {
    PodFacts facts = new PodFacts(pod);
    if (facts.isGoing()) {
      // The next start does not depend on the agent, the scheduler or the image yet.
      return Finding.notYet(
          ConditionReason.CONSUMER_STARTING, "Waiting for the old pod to go before it is started.");
    }
    if (facts.isLost()) {
      return Finding.notYet(
          ConditionReason.CONSUMER_STARTING,
          "The last pod was lost" + facts.lossText() + ". The container is started again.");
    }
    return ending(observed, facts)
        .or(() -> pod(observed, facts, "pod"))
        .or(
            () ->
                stage.isAttached()
                    ? Optional.empty()
                    : refusal(facts, ApiNames.POD_CONDITION_ATTACHED))
        .or(() -> crash(facts, "container"))
        .or(
            () ->
                waitOnNode(
                    facts, ApiNames.POD_CONDITION_ATTACHED, ConditionReason.CONSUMER_STARTING))
        .or(
            () ->
                stage.isAttached()
                    ? Optional.of(Finding.notYet(ConditionReason.CONTAINER_NOT_READY))
                    : waitingSince(facts, facts.main().orElse(""))
                        .map(since -> agentLate(observed, since, starting(facts))))
        .orElseGet(() -> starting(facts));
  }

  /** Of a container that is not started again, in a pod that goes on for the moment. */
  private static Optional<Finding> ending(Observation observed, PodFacts facts) {
    return facts
        .untilEndIsSure(observed.at())
        .filter(Duration::isPositive)
        .map(
            left ->
                Finding.notYet(
                        ConditionReason.STOPPING,
                        "The container has ended "
                            + facts.finalEnd().map(ExitText::of).orElse("")
                            + " and is not started again. The other containers of its pod are ended"
                            + " after its grace period.")
                    .again(left));
  }

  private static Finding starting(PodFacts facts) {
    return facts
        .mainStatus()
        .flatMap(PodFacts::lastEnd)
        .map(
            end ->
                Finding.notYet(
                    ConditionReason.CONSUMER_STARTING,
                    "The container is starting again, after it ended " + ExitText.of(end) + "."))
        .orElseGet(() -> Finding.notYet(ConditionReason.CONSUMER_STARTING));
  }

  /** Problems that keep either pod from running. */
  static Optional<Finding> pod(Observation observed, PodFacts facts, String which) {
    Optional<Finding> image =
        facts
            .imageFailure()
            .map(
                w ->
                    Finding.warning(
                        ConditionReason.IMAGE_PULL_FAILED,
                        text("The image of the " + which + " can't be pulled", w)
                            + " "
                            + facts.imageAdvice()));
    return image
        .or(
            () ->
                facts
                    .unschedulable()
                    .map(
                        message ->
                            Finding.warning(
                                ConditionReason.UNSCHEDULABLE,
                                unschedulable(observed, which, stripped(message)))))
        .or(
            () ->
                facts
                    .createFailure()
                    .map(
                        w ->
                            Finding.warning(
                                ConditionReason.CONTAINER_CREATE_FAILED,
                                text("A container of the " + which + " can't be created", w)
                                    + " Make what is missing, or correct the template and set"
                                    + " spec.running to false and to true.")));
  }

  /** The scheduler's message is about all nodes, but a file system is on one node. */
  private static String unschedulable(Observation observed, String which, String message) {
    return observed
        .nodeName()
        .map(
            node ->
                "Node "
                    + node
                    + ", which keeps the file system, does not fit the "
                    + which
                    + ": "
                    + message
                    + ". It goes on by itself as soon as the node does; the file system never leaves"
                    + " it.")
        .orElse(
            "No node fits the "
                + which
                + ": "
                + message
                + ". It goes on by itself as soon as one does.");
  }

  private static Optional<Finding> refusal(PodFacts facts, String conditionType) {
    return facts
        .refusal(conditionType)
        .map(c -> Finding.warning(c.getReason(), orDefault(c, "The node agent refuses.")));
  }

  /** An agent that reports a wait is not late. */
  private static Optional<Finding> waitOnNode(
      PodFacts facts, String conditionType, ConditionReason reason) {
    return facts
        .waitOnNode(conditionType)
        .map(c -> Finding.notYet(reason, orDefault(c, "The node agent waits.")));
  }

  private static Optional<Finding> crash(PodFacts facts, String which) {
    return facts
        .crashLoop()
        .map(
            status ->
                Finding.warning(
                    ConditionReason.CRASH_LOOP,
                    "The "
                        + which
                        + " keeps ending"
                        + PodFacts.lastEnd(status).map(end -> " " + ExitText.of(end)).orElse("")
                        + "."
                        + PodFacts.lastEnd(status).map(ExitText::advice).orElse("")
                        + " It is started again later. See what it wrote with kubectl logs"
                        + " --previous "
                        + facts.name()
                        + " -c "
                        + status.getName()
                        + "."));
  }

  private Finding agentLate(Observation observed, Instant since, Finding inTime) {
    Duration left = agentWait.minus(Duration.between(since, observed.at()));
    if (left.isPositive()) {
      return inTime.again(left);
    }
    return Finding.warning(
        ConditionReason.AGENT_NOT_RESPONDING,
        "The node agent of node "
            + observed.nodeName().orElse("(unknown)")
            + " has not answered for "
            + agentWait.toSeconds()
            + " s. Check the pods of DaemonSet "
            + ApiNames.OPERATOR_NAMESPACE
            + "/"
            + ApiNames.AGENT_NAME
            + " on that node; the container goes on when it answers.");
  }

  /** Since when all of the containers run, and therefore wait for the agent. */
  private static Optional<Instant> waitingSince(PodFacts facts, String... containers) {
    Instant latest = Instant.EPOCH;
    for (String container : containers) {
      Optional<Instant> since = facts.runningSince(container);
      if (since.isEmpty()) {
        return Optional.empty();
      }
      latest = since.get().isAfter(latest) ? since.get() : latest;
    }
    return Optional.of(latest);
  }

  private static Optional<AgentReport.Failure> failureOnNode(StoppableContainerInstance instance) {
    return Optional.ofNullable(instance.getStatus())
        .map(StoppableContainerInstanceStatus::agent)
        .map(AgentReport::failure)
        .filter(failure -> failure.reason() != null && !failure.reason().isEmpty());
  }

  /** A container goes on with the size that it has. */
  private static Optional<String> refusedGrowth(Observation observed) {
    return observed
        .instance()
        .flatMap(ReadyAssessor::failureOnNode)
        .filter(failure -> OF_GROWTH.contains(failure.reason()))
        .map(failure -> "It does not grow: " + failure.message());
  }

  private static Finding carried(AgentReport.Failure failure) {
    String message = failure.message() == null ? "The node agent failed." : failure.message();
    return ConditionReason.STOPPING.wire().equals(failure.reason())
        ? Finding.notYet(ConditionReason.STOPPING, message)
        : Finding.warning(String.valueOf(failure.reason()), message);
  }

  private static String stripped(String message) {
    return message.strip().replaceAll("[.]$", "");
  }

  private static String text(String intent, ContainerStateWaiting waiting) {
    String message = waiting.getMessage();
    return intent
        + " ("
        + waiting.getReason()
        + ")"
        + (message == null || message.isBlank() ? "." : ": " + message.strip() + ".");
  }

  private static String orDefault(PodCondition condition, String otherwise) {
    return condition.getMessage() == null ? otherwise : condition.getMessage();
  }

  private static Instant time(String rfc3339) {
    return OffsetDateTime.parse(rfc3339).toInstant();
  }
}
