package top.xtlsoft.stoppablecontainer.agent.request;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apache.camel.Body;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.RequestType;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentInstances;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentPods;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.InstancePhase;
import top.xtlsoft.stoppablecontainer.api.MainContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceStatus;
import top.xtlsoft.stoppablecontainer.runtime.RecentMap;

/**
 * Answers a provider pod that holds connections: where its container runs. While it is stopped, the
 * instance's status reports that a connection waits, and the operator decides. The agent believes
 * no more than that some process of the provider pod asks.
 */
public final class RequestWaker {

  /** More instances than a node has. */
  private static final int MOST_INSTANCES = 1024;

  /** Why kubelet has a container wait that it is about to start. */
  private static final Set<String> PROGRESS = Set.of("ContainerCreating", "PodInitializing");

  /** A connection, and the request that asked for it. */
  private record Noted(AgentReport.Wake connection, String request) {}

  private final String bootId;
  private final AgentPods pods;
  private final AgentInstances instances;
  private final HeldWakes held;

  /** Not reported yet, or reported already; by UID of the instance. */
  private final Map<String, Noted> connections = RecentMap.ofMax(MOST_INSTANCES);

  /** The request that was last seen to wait for a start that is under way; by the same UID. */
  private final Map<String, String> starting = RecentMap.ofMax(MOST_INSTANCES);

  public RequestWaker(String bootId, AgentPods pods, AgentInstances instances, HeldWakes held) {
    this.bootId = bootId;
    this.pods = pods;
    this.instances = instances;
    this.held = held;
  }

  /**
   * Notes the connection of a container that is stopped.
   *
   * @return key of the instance that has news to report; empty for none
   * @throws RefusedException when the pod may not ask for this
   */
  public String note(@Body PodRequest request) {
    Instance instance = pods.instanceOf(request.pod(), RequestType.WAKE);
    held.hold(instance.key());
    StoppableContainerInstance cached = cached(instance);
    if (cached.getSpec().running()) {
      if (isStarting(cached) || isNoted(instance, request)) {
        starting.put(instance.uid(), request.id());
      }
      return "";
    }
    if (isOverruled(instance, request)) {
      return "";
    }
    AgentReport.Wake connection =
        new AgentReport.Wake(cached.getMetadata().getGeneration(), request.port());
    if (of(instance)
        .filter(last -> Objects.equals(last.generation(), connection.generation()))
        .isPresent()) {
      return "";
    }
    connections.put(instance.uid(), new Noted(connection, request.id()));
    return instance.key();
  }

  private boolean isNoted(Instance instance, PodRequest request) {
    Noted last = connections.get(instance.uid());
    return last != null && last.request().equals(request.id());
  }

  /**
   * Whether a connection waits for a start. One that comes while the pod goes, or has just gone,
   * waits for the start after the stop.
   */
  private boolean isStarting(StoppableContainerInstance running) {
    return pods.consumerOf(running)
        .filter(pod -> !pod.isMarkedForDeletion() && address(pod).isEmpty())
        .isPresent();
  }

  /** Whether a connection waited for a start that was stopped since: it does not start it again. */
  private boolean isOverruled(Instance stopped, PodRequest request) {
    return request.again() || request.id().equals(starting.get(stopped.uid()));
  }

  /**
   * Answers with the container's address as soon as it has one, or with the reason why it can't be
   * started.
   *
   * @throws NotYetException until then
   */
  public Answer serve(@Body PodRequest request) {
    Instance instance = pods.instanceOf(request.pod(), RequestType.WAKE);
    StoppableContainerInstance cached = cached(instance);
    AnsweredContainer asker = AnsweredContainer.of(bootId, request);
    Optional<String> failure =
        Optional.ofNullable(cached.getStatus())
            .filter(status -> status.phase() == InstancePhase.FAILED)
            .map(StoppableContainerInstanceStatus::message)
            .or(
                () ->
                    Optional.of("it was stopped")
                        .filter(
                            _ -> !cached.getSpec().running() && isOverruled(instance, request)));
    ReadyFile file =
        failure
            .map(message -> ReadyFile.notStarted(request.id(), asker, message))
            .orElseGet(() -> ReadyFile.running(request.id(), asker, address(cached)));
    held.release(instance.key());
    return new Answer(request, instance.key(), file);
  }

  /** The last connection to an instance's container that came while it was stopped. */
  public Optional<AgentReport.Wake> of(Instance instance) {
    return Optional.ofNullable(connections.get(instance.uid())).map(Noted::connection);
  }

  private String address(StoppableContainerInstance instance) {
    if (!instance.getSpec().running()) {
      throw NotYetException.untilEvent("the container is stopped");
    }
    return pods.consumerOf(instance)
        .filter(pod -> !pod.isMarkedForDeletion())
        .flatMap(RequestWaker::address)
        .orElseThrow(() -> NotYetException.untilEvent("the container's pod has no address yet"));
  }

  /** That of a pod whose container waits for what may never come, as an image, is of no use. */
  private static Optional<String> address(Pod pod) {
    return Optional.ofNullable(pod.getStatus())
        .filter(
            status ->
                status.getContainerStatuses().stream()
                    .filter(container -> isMain(pod, container))
                    .noneMatch(RequestWaker::isBlocked))
        .map(PodStatus::getPodIP)
        .filter(address -> !address.isEmpty());
  }

  private static boolean isMain(Pod pod, ContainerStatus container) {
    return MainContainer.of(pod)
        .filter(main -> main.getName().equals(container.getName()))
        .isPresent();
  }

  private static boolean isBlocked(ContainerStatus status) {
    return Optional.ofNullable(status.getState())
        .map(ContainerState::getWaiting)
        .map(ContainerStateWaiting::getReason)
        .filter(reason -> !PROGRESS.contains(reason))
        .isPresent();
  }

  private StoppableContainerInstance cached(Instance instance) {
    return instances
        .cached(instance.key())
        .orElseThrow(() -> NotYetException.untilEvent("the instance is not known yet"));
  }
}
