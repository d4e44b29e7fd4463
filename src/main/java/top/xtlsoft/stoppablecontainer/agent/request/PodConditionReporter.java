package top.xtlsoft.stoppablecontainer.agent.request;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.camel.Header;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.Rate;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentPods;
import top.xtlsoft.stoppablecontainer.api.AgentReason;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.AttachedContainer;
import top.xtlsoft.stoppablecontainer.camel.ScHeaders;
import top.xtlsoft.stoppablecontainer.runtime.LastWrites;

/**
 * Writes the readiness gate's condition of a pod from the answer that lies in its folder, so that a
 * condition that could not be written, or an agent that was stopped in between, is made good. The
 * answer to a container that has ended, or of an earlier boot, counts no more: the pod is not to be
 * ready by it. While a container that was started again waits for its answer, the condition says
 * so.
 */
public final class PodConditionReporter {

  private static final Logger LOG = LoggerFactory.getLogger(PodConditionReporter.class);

  private final KubernetesClient client;
  private final String bootId;
  private final AgentPods pods;
  private final RequestOpener requests;
  private final ReadyFileWriter answers;
  private final RequestWaits waits;
  private final HeldRequests held;
  private final InstantSource clock;
  private final Rate changes;
  private final LastWrites<PodCondition> written = new LastWrites<>();

  public PodConditionReporter(
      KubernetesClient client,
      String bootId,
      AgentPods pods,
      RequestOpener requests,
      ReadyFileWriter answers,
      RequestWaits waits,
      HeldRequests held,
      InstantSource clock) {
    this.client = client;
    this.bootId = bootId;
    this.pods = pods;
    this.requests = requests;
    this.answers = answers;
    this.waits = waits;
    this.held = held;
    this.clock = clock;
    this.changes = Rate.ofReports(clock);
  }

  /**
   * Done when the API server has the condition that fits what came of the pod's last request.
   *
   * @throws NotYetException when it has changed too often: a container that asks for what it may
   *     and what it may not in turn costs few writes
   */
  public void report(@Header(ScHeaders.KEY) String key) {
    Optional<Pod> pod = pods.find(key);
    if (pod.isEmpty()) {
      waits.forget(key);
      held.release(key);
      LOG.debug("Pod is gone");
      return;
    }
    // Endpoints leave out a pod that is being deleted; a write would only cost.
    if (pod.get().getMetadata().getDeletionTimestamp() != null) {
      LOG.debug("Pod is being deleted");
      return;
    }
    wanted(key, pod.get()).ifPresent(wanted -> write(pod.get(), wanted));
  }

  private Optional<PodCondition> wanted(String key, Pod pod) {
    Optional<String> request = requests.currentId(pod);
    if (request.isEmpty()) {
      LOG.debug("No request to report on");
      return Optional.empty();
    }
    // While a provider pod asks for its container, the answer to its mount still counts.
    Optional<ReadyFile> answer =
        answers
            .read(pod)
            .filter(
                file ->
                    file.request().equals(request.get()) || requests.isWake(pod, request.get()));
    if (answer.isPresent()) {
      waits.forget(key);
      return answer.map(file -> answered(pod, file));
    }
    // A pod without the condition is not ready anyway; most first requests are early, for a moment.
    return waits
        .of(key, request.get())
        .filter(reason -> condition(pod).isPresent() || waits.isLong(key))
        .or(
            () ->
                condition(pod).filter(this::isOutdated).map(old -> AttachedContainer.STARTED_AGAIN))
        .map(reason -> waiting(pod, reason));
  }

  /** Whether it is true by the word of an earlier boot. */
  private boolean isOutdated(PodCondition condition) {
    return condition.getStatus().equals("True")
        && AttachedContainer.of(condition.getMessage())
            .filter(container -> !container.bootId().equals(bootId))
            .isPresent();
  }

  private void write(Pod pod, PodCondition wanted) {
    PodCondition untimed = new PodConditionBuilder(wanted).withLastTransitionTime(null).build();
    if (condition(pod).filter(condition -> saysTheSame(condition, wanted)).isPresent()
        || written.has(pod, untimed)) {
      LOG.debug("Condition is reported already");
      return;
    }
    if (!changes.allows(pod.getMetadata().getUid())) {
      throw NotYetException.untilRetry("the pod's condition changes too often");
    }
    // What is left out of a patch stays, as the reason of a wait that is over; null takes it away.
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("type", wanted.getType());
    fields.put("status", wanted.getStatus());
    fields.put("reason", wanted.getReason());
    fields.put("message", wanted.getMessage());
    fields.put("lastTransitionTime", wanted.getLastTransitionTime());
    String patch = Serialization.asJson(Map.of("status", Map.of("conditions", List.of(fields))));
    // By the object: for a name alone the client asks for the object first.
    Pod answer =
        client
            .resource(pod)
            .subresource("status")
            .patch(PatchContext.of(PatchType.STRATEGIC_MERGE), patch);
    written.add(pod, answer, untimed);
    LOG.info("Condition reported: type={} status={}", wanted.getType(), wanted.getStatus());
  }

  private PodCondition answered(Pod pod, ReadyFile answer) {
    Optional<AnsweredContainer> container = Optional.ofNullable(answer.container());
    if (container.filter(asked -> !asked.isOf(pod, bootId)).isPresent()) {
      return waiting(pod, AttachedContainer.STARTED_AGAIN);
    }
    return condition(pod, answer.isReady() ? "True" : "False")
        .withReason(answer.reason())
        .withMessage(
            container
                .flatMap(AnsweredContainer::attached)
                .filter(asked -> !isProvider(pod))
                .map(AttachedContainer::message)
                .orElse(answer.isReady() ? null : answer.message()))
        .build();
  }

  private PodCondition waiting(Pod pod, String reason) {
    AgentReason state = isProvider(pod) ? AgentReason.MOUNTING : AgentReason.ATTACHING;
    return condition(pod, "False").withReason(state.wire()).withMessage(reason).build();
  }

  private PodConditionBuilder condition(Pod pod, String status) {
    return new PodConditionBuilder()
        .withType(type(pod))
        .withStatus(status)
        .withLastTransitionTime(
            condition(pod)
                .filter(old -> old.getStatus().equals(status))
                .map(PodCondition::getLastTransitionTime)
                .orElseGet(() -> clock.instant().truncatedTo(ChronoUnit.SECONDS).toString()));
  }

  private static String type(Pod pod) {
    return isProvider(pod) ? ApiNames.POD_CONDITION_MOUNTED : ApiNames.POD_CONDITION_ATTACHED;
  }

  private static boolean isProvider(Pod pod) {
    return ApiNames.ROLE_PROVIDER.equals(pod.getMetadata().getLabels().get(ApiNames.LABEL_ROLE))
        && pod.getMetadata().getName().endsWith(ApiNames.PROVIDER_SUFFIX);
  }

  /** The condition that the pod has now. */
  private static Optional<PodCondition> condition(Pod pod) {
    return Optional.ofNullable(pod.getStatus()).map(PodStatus::getConditions).stream()
        .flatMap(List::stream)
        .filter(condition -> condition.getType().equals(type(pod)))
        .findFirst();
  }

  private static boolean saysTheSame(PodCondition one, PodCondition other) {
    return one.getStatus().equals(other.getStatus())
        && Objects.equals(one.getReason(), other.getReason())
        && Objects.equals(one.getMessage(), other.getMessage());
  }
}
