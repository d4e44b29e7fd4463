package top.xtlsoft.stoppablecontainer.operator.pass;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateRunning;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.api.AgentReason;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.AttachedContainer;
import top.xtlsoft.stoppablecontainer.api.MainContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.operator.model.NormalizedTemplate;
import top.xtlsoft.stoppablecontainer.operator.model.PinnedImage;
import top.xtlsoft.stoppablecontainer.operator.model.TemplateHash;
import top.xtlsoft.stoppablecontainer.operator.pass.ClusterNodes.Boot;

/** Questions of the planners about a pod, answered from its spec and status. */
public final class PodFacts {

  private static final Set<String> IMAGE_REASONS =
      Set.of("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull");

  private static final Set<String> CREATE_REASONS =
      Set.of("CreateContainerConfigError", "CreateContainerError", "RunContainerError");

  /** Reasons of an agent's condition that end without an action of the user. */
  private static final Set<String> WAITS =
      Set.of(AgentReason.ATTACHING.wire(), AgentReason.MOUNTING.wire());

  /** Kubernetes' default. */
  private static final Duration DEFAULT_GRACE_PERIOD = Duration.ofSeconds(30);

  /** Kubelet needs a moment to report a pod whose last container has ended. */
  private static final Duration KUBELET_DELAY = Duration.ofSeconds(2);

  /** Conditions that kubelet sets while a container's resources change in place. */
  private static final String RESIZE_PENDING = "PodResizePending";

  private static final String RESIZE_IN_PROGRESS = "PodResizeInProgress";

  private static final String DEADLINE_EXCEEDED = "DeadlineExceeded";

  private final Pod pod;

  public PodFacts(Pod pod) {
    this.pod = pod;
  }

  public String name() {
    return pod.getMetadata().getName();
  }

  public boolean isGoing() {
    return pod.isMarkedForDeletion();
  }

  /** Whether the pod will never run again. */
  public boolean isEnded() {
    return isInPhase("Succeeded") || isInPhase("Failed");
  }

  public boolean isSucceeded() {
    return isInPhase("Succeeded");
  }

  /**
   * Whether a cause outside the pod ended it: an eviction, a refusal by kubelet, a shutdown of the
   * node, or a node that has gone.
   */
  public boolean isLost() {
    String reason = reason();
    if (!isEnded() || reason.equals(DEADLINE_EXCEEDED)) {
      return false;
    }
    String policy = pod.getSpec().getRestartPolicy();
    return policy == null
        || policy.equals("Always")
        || !reason.isEmpty()
        || (!isSucceeded() && isTrue("DisruptionTarget"));
  }

  /**
   * Whether the main container has ended, and neither kubelet nor the operator starts it again.
   * Sidecars may run for ever and do not count.
   */
  public boolean hasEndedByItself(Instant at) {
    return !isGoing()
        && (isEnded() ? !isLost() : untilEndIsSure(at).filter(d -> !d.isPositive()).isPresent());
  }

  /** The end of a main container that kubelet does not start again. */
  public Optional<ContainerStateTerminated> finalEnd() {
    String policy = pod.getSpec().getRestartPolicy();
    return mainStatus()
        .map(ContainerStatus::getState)
        .map(ContainerState::getTerminated)
        .filter(
            end ->
                "Never".equals(policy)
                    || ("OnFailure".equals(policy) && Objects.equals(end.getExitCode(), 0)));
  }

  /**
   * Time until it is certain that the main container of a running pod ended by itself. When a pod
   * is evicted, or its node shuts down, its containers end one after the other within the grace
   * period, and only then the pod's status has the reason.
   *
   * @return zero or less when that time is over; empty when the main container has not ended
   */
  public Optional<Duration> untilEndIsSure(Instant at) {
    Duration grace =
        Optional.ofNullable(pod.getSpec().getTerminationGracePeriodSeconds())
            .map(Duration::ofSeconds)
            .orElse(DEFAULT_GRACE_PERIOD);
    return finalEnd()
        .map(end -> instant(end.getFinishedAt()).orElse(Instant.EPOCH))
        .map(ended -> Duration.between(at, ended.plus(grace).plus(KUBELET_DELAY)));
  }

  /** Whether the operator has set a deadline that ends the pod's other containers. */
  public boolean isBeingEnded() {
    return hasAnnotation(ApiNames.ANNOTATION_ENDED);
  }

  /** Whether kubelet ended it because it ran for longer than the user's activeDeadlineSeconds. */
  public boolean isPastDeadline() {
    return isEnded() && reason().equals(DEADLINE_EXCEEDED) && !isBeingEnded();
  }

  /**
   * The reason and the message of its loss, if known: {@code (Evicted): node was low on memory}.
   */
  public String lossText() {
    String message = status().map(PodStatus::getMessage).orElse("").strip();
    return (reason().isEmpty() ? "" : " (" + reason() + ")")
        + (message.isEmpty() ? "" : ": " + message.replaceAll("[.]$", ""));
  }

  private String reason() {
    return status().map(PodStatus::getReason).orElse("");
  }

  public Instant createdAt() {
    return instant(pod.getMetadata().getCreationTimestamp()).orElse(Instant.EPOCH);
  }

  public boolean isBound() {
    return node().isPresent();
  }

  /** Name of the node that it is bound to. */
  public Optional<String> node() {
    return Optional.ofNullable(pod.getSpec().getNodeName()).filter(name -> !name.isEmpty());
  }

  /**
   * Whether it was made for the next start of this instance, which has not come. A start, or
   * another change of the instance, gives the instance a newer generation than the pod was made
   * for; and what the agent has attached has been started.
   */
  boolean isParkedFor(StoppableContainerInstance instance) {
    return !instance.getSpec().running()
        && isMadeToWait()
        && annotation(ApiNames.ANNOTATION_PARKED)
            .filter(String.valueOf(instance.getMetadata().getGeneration())::equals)
            .isPresent();
  }

  /** Whether it was made for a later start, and has no file system now. */
  public boolean isMadeToWait() {
    return hasAnnotation(ApiNames.ANNOTATION_PARKED) && !isTrue(ApiNames.POD_CONDITION_ATTACHED);
  }

  /** Whether its status says which spec kubelet has seen. */
  boolean isGenerationReported() {
    return status().map(PodStatus::getObservedGeneration).isPresent();
  }

  /** Whether kubelet has not brought about yet what the pod requests now. */
  public boolean isResizing() {
    return isUnseen() || isTrue(RESIZE_PENDING) || isTrue(RESIZE_IN_PROGRESS);
  }

  private boolean isUnseen() {
    return status()
        .map(PodStatus::getObservedGeneration)
        .filter(seen -> seen < pod.getMetadata().getGeneration())
        .isPresent();
  }

  /** What kubelet says against what the pod requests now, as that the node has no room for it. */
  public Optional<String> resizeFailure() {
    return condition(RESIZE_PENDING)
        .or(() -> condition(RESIZE_IN_PROGRESS).filter(c -> "Error".equals(c.getReason())))
        .filter(_ -> !isUnseen())
        .filter(c -> "True".equals(c.getStatus()))
        .map(c -> c.getReason() + (c.getMessage() == null ? "" : ": " + c.getMessage()));
  }

  /** Whether the main container has ended, even if it was started again. */
  public boolean hasMainEnded() {
    return isEnded() || mainStatus().flatMap(PodFacts::lastEnd).isPresent();
  }

  /** How a provider pod listens for its container; empty for one that does not. */
  public Optional<String> wake() {
    return annotation(ApiNames.ANNOTATION_WAKE);
  }

  /** The labels of the template that a provider pod has now, as JSON; none is an empty object. */
  public String wakeLabels() {
    return annotation(ApiNames.ANNOTATION_WAKE_LABELS).orElse("{}");
  }

  /** Whether it is a provider pod that the scheduler puts beside its consumer pod. */
  public boolean isFollowing() {
    return hasAnnotation(ApiNames.ANNOTATION_FOLLOWS);
  }

  private boolean hasAnnotation(String name) {
    return annotation(name).isPresent();
  }

  private Optional<String> annotation(String name) {
    return Optional.ofNullable(pod.getMetadata().getAnnotations())
        .map(annotations -> annotations.get(name));
  }

  public boolean isTrue(String conditionType) {
    return condition(conditionType).filter(c -> "True".equals(c.getStatus())).isPresent();
  }

  public boolean isReady() {
    return isTrue("Ready");
  }

  /** A refusal by the agent: its condition is false, with a reason that time does not end. */
  public Optional<PodCondition> refusal(String conditionType) {
    return falseWithReason(conditionType).filter(c -> !WAITS.contains(c.getReason()));
  }

  /** Whether the agent refused the pod because its image is not the file system's. */
  public boolean hasOtherImage(String conditionType) {
    return refusal(conditionType)
        .filter(c -> AgentReason.IMAGE_LAYERS_CHANGED.wire().equals(c.getReason()))
        .isPresent();
  }

  /** The agent's condition of a restarted container that waits. */
  public Optional<PodCondition> waitOnNode(String conditionType) {
    return falseWithReason(conditionType).filter(c -> WAITS.contains(c.getReason()));
  }

  private Optional<PodCondition> falseWithReason(String conditionType) {
    return condition(conditionType)
        .filter(c -> "False".equals(c.getStatus()))
        .filter(c -> c.getReason() != null && !c.getReason().isEmpty());
  }

  /** Whether the scheduler has decided whether a node fits. */
  public boolean isJudged() {
    return condition("PodScheduled").isPresent();
  }

  /** The scheduler's message when no node fits. */
  public Optional<String> unschedulable() {
    return condition("PodScheduled")
        .filter(c -> "False".equals(c.getStatus()) && "Unschedulable".equals(c.getReason()))
        .map(c -> c.getMessage() == null ? "" : c.getMessage());
  }

  /** A container whose image can't be pulled. */
  public Optional<ContainerStateWaiting> imageFailure() {
    return waiting().filter(w -> IMAGE_REASONS.contains(w.getReason())).findFirst();
  }

  /** Advice for an image that can't be pulled; the operator may not read secrets. */
  public String imageAdvice() {
    if (pod.getSpec().getContainers().stream().anyMatch(c -> PinnedImage.isLoaded(c.getImage()))) {
      return "It was loaded on the node and is not there any more: load it again.";
    }
    String secrets =
        pod.getSpec().getImagePullSecrets().stream()
            .map(LocalObjectReference::getName)
            .filter(Objects::nonNull)
            .collect(Collectors.joining(", "));
    return "Check the image's name and the pull secrets"
        + (secrets.isEmpty() ? " (it has none)." : ": " + secrets + ".");
  }

  /** A container that can't be created. */
  public Optional<ContainerStateWaiting> createFailure() {
    return waiting().filter(w -> CREATE_REASONS.contains(w.getReason())).findFirst();
  }

  /**
   * Whether a pod can't start, and the template has changed since it was made. Nothing is lost with
   * such a pod, and the corrected template may start.
   */
  public boolean isCorrected(NormalizedTemplate template) {
    boolean stuck =
        imageFailure().isPresent() || createFailure().isPresent() || unschedulable().isPresent();
    return stuck
        && TemplateHash.of(pod).filter(made -> !made.equals(TemplateHash.of(template))).isPresent();
  }

  /** A container that keeps ending. */
  public Optional<ContainerStatus> crashLoop() {
    return containers()
        .filter(c -> c.getState() != null && c.getState().getWaiting() != null)
        .filter(c -> "CrashLoopBackOff".equals(c.getState().getWaiting().getReason()))
        .findFirst();
  }

  /** How the container last ended: now, or before its restart. */
  public static Optional<ContainerStateTerminated> lastEnd(ContainerStatus status) {
    return Stream.of(
            Optional.ofNullable(status.getState()), Optional.ofNullable(status.getLastState()))
        .flatMap(Optional::stream)
        .map(ContainerState::getTerminated)
        .filter(terminated -> terminated != null)
        .findFirst();
  }

  /** Name of the container whose file system is kept, in a consumer pod. */
  public Optional<String> main() {
    return MainContainer.of(pod).map(Container::getName);
  }

  /** Status of the container whose file system is kept. */
  public Optional<ContainerStatus> mainStatus() {
    return main().flatMap(this::status);
  }

  /** Start time of a running container. */
  public Optional<Instant> runningSince(String container) {
    return containers()
        .filter(c -> container.equals(c.getName()) && c.getState() != null)
        .map(c -> c.getState().getRunning())
        .filter(running -> running != null)
        .map(ContainerStateRunning::getStartedAt)
        .map(PodFacts::instant)
        .flatMap(Optional::stream)
        .findFirst();
  }

  /**
   * Whether a container runs and has its file system. While the agent is down, the condition
   * "attached" can still name a container that has ended.
   */
  public boolean isAttached(String container) {
    Optional<AttachedContainer> named = attachedContainer();
    return isTrue(ApiNames.POD_CONDITION_ATTACHED)
        && runningSince(container).isPresent()
        && (named.isEmpty() || named.filter(it -> it.is(containerID(container))).isPresent());
  }

  /**
   * Whether "attached" is true by the word of a container that has ended. Another ID in the status
   * alone is no sign of that: kubelet may still report the container before. Nor is another boot
   * that was reported before the agent wrote: the agent may know a new boot first.
   *
   * @param node what the pod's node reports of its boot
   */
  public boolean isAttachedOutdated(Optional<Boot> node) {
    Optional<AttachedContainer> named = attachedContainer();
    Optional<ContainerStatus> now = mainStatus();
    return isTrue(ApiNames.POD_CONDITION_ATTACHED)
        && named.isPresent()
        && now.isPresent()
        && (named.get().hasEnded(now.get())
            || (!named.get().is(now.get().getContainerID())
                && isAttachedBefore(main().flatMap(this::runningSince)))
            || isAttachedBefore(
                node.filter(boot -> !boot.id().equals(named.get().bootId()))
                    .map(Boot::reportedAt)));
  }

  /** Times of the API are in seconds, so of two in the same second neither is before the other. */
  private boolean isAttachedBefore(Optional<Instant> time) {
    return condition(ApiNames.POD_CONDITION_ATTACHED)
        .flatMap(condition -> instant(condition.getLastTransitionTime()))
        .filter(attached -> time.filter(attached::isBefore).isPresent())
        .isPresent();
  }

  private Optional<AttachedContainer> attachedContainer() {
    return condition(ApiNames.POD_CONDITION_ATTACHED)
        .map(PodCondition::getMessage)
        .flatMap(AttachedContainer::of);
  }

  private @Nullable String containerID(String container) {
    return status(container).map(ContainerStatus::getContainerID).orElse(null);
  }

  /** Status of a container, init containers excepted. */
  public Optional<ContainerStatus> status(String container) {
    return status().map(PodStatus::getContainerStatuses).orElse(List.of()).stream()
        .filter(c -> container.equals(c.getName()))
        .findFirst();
  }

  /** The image of a container, in the runtime's form. */
  public Optional<String> imageID(String container) {
    return containers()
        .filter(c -> container.equals(c.getName()))
        .map(ContainerStatus::getImageID)
        .filter(id -> id != null && !id.isEmpty())
        .findFirst();
  }

  private boolean isInPhase(String phase) {
    return status().map(PodStatus::getPhase).filter(phase::equals).isPresent();
  }

  private Stream<ContainerStateWaiting> waiting() {
    return containers()
        .map(ContainerStatus::getState)
        .filter(state -> state != null && state.getWaiting() != null)
        .map(ContainerState::getWaiting)
        .filter(waiting -> waiting.getReason() != null);
  }

  private Stream<ContainerStatus> containers() {
    return Stream.concat(
        status().map(PodStatus::getInitContainerStatuses).orElse(List.of()).stream(),
        status().map(PodStatus::getContainerStatuses).orElse(List.of()).stream());
  }

  private Optional<PodCondition> condition(String type) {
    return status().map(PodStatus::getConditions).orElse(List.of()).stream()
        .filter(c -> type.equals(c.getType()))
        .findFirst();
  }

  private Optional<PodStatus> status() {
    return Optional.ofNullable(pod.getStatus());
  }

  /** A time as the API writes it. */
  public static Optional<Instant> instant(@Nullable String time) {
    return Optional.ofNullable(time).map(t -> OffsetDateTime.parse(t).toInstant());
  }
}
