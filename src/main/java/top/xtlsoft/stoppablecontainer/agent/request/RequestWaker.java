package top.xtlsoft.stoppablecontainer.agent.request;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.camel.Body;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.RequestType;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentInstances;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentPods;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.InstancePhase;
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

  private final String bootId;
  private final AgentPods pods;
  private final AgentInstances instances;
  private final HeldWakes held;

  /** Not reported yet, or reported already; by UID of the instance. */
  private final Map<String, AgentReport.Wake> connections = RecentMap.ofMax(MOST_INSTANCES);

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
      return "";
    }
    AgentReport.Wake connection =
        new AgentReport.Wake(cached.getMetadata().getGeneration(), request.port());
    AgentReport.Wake last = connections.get(instance.uid());
    if (last != null && Objects.equals(last.generation(), connection.generation())) {
      return "";
    }
    connections.put(instance.uid(), connection);
    return instance.key();
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
            .map(StoppableContainerInstanceStatus::message);
    ReadyFile file =
        failure
            .map(message -> ReadyFile.notStarted(request.id(), asker, message))
            .orElseGet(() -> ReadyFile.running(request.id(), asker, address(cached)));
    held.release(instance.key());
    return new Answer(request, instance.key(), file);
  }

  /** The last connection to an instance's container that came while it was stopped. */
  public Optional<AgentReport.Wake> of(Instance instance) {
    return Optional.ofNullable(connections.get(instance.uid()));
  }

  private String address(StoppableContainerInstance instance) {
    if (!instance.getSpec().running()) {
      throw NotYetException.untilEvent("the container is stopped");
    }
    return pods.consumerOf(instance)
        .filter(pod -> !pod.isMarkedForDeletion())
        .map(Pod::getStatus)
        .map(PodStatus::getPodIP)
        .filter(address -> !address.isEmpty())
        .orElseThrow(() -> NotYetException.untilEvent("the container's pod has no address yet"));
  }

  private StoppableContainerInstance cached(Instance instance) {
    return instances
        .cached(instance.key())
        .orElseThrow(() -> NotYetException.untilEvent("the instance is not known yet"));
  }
}
