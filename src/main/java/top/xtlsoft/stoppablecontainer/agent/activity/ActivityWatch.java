package top.xtlsoft.stoppablecontainer.agent.activity;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentEvents;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentInstances;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentPods;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.IdleOrder;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;

/** Watches the running containers whose operator wants to know whether they are in use. */
public final class ActivityWatch {

  private static final Logger LOG = LoggerFactory.getLogger(ActivityWatch.class);

  /** Reason of the event about a lease file that is ignored. */
  private static final String LEASE_IGNORED = "LeaseIgnored";

  private final ContainerLook looks;
  private final AgentInstances instances;
  private final AgentPods pods;
  private final AgentEvents events;
  private final InstantSource clock;
  private final Map<String, Watched> watched = new HashMap<>();

  /** One run of a container. */
  private static final class Watched {
    private final String uid;
    private final String containerId;
    private final ActivityClock clock = new ActivityClock();
    private final ContainerLook.Memory memory = new ContainerLook.Memory();
    private Instant lookedAt = Instant.EPOCH;
    private boolean isLeaseReported;

    private Watched(String uid, String containerId) {
      this.uid = uid;
      this.containerId = containerId;
    }
  }

  /** A container that runs. */
  private record Running(StoppableContainerInstance instance, Pod pod, String containerId) {

    IdleOrder order() {
      return Objects.requireNonNull(instance.getSpec().idle());
    }

    String key() {
      return instance.getMetadata().getNamespace() + "/" + instance.getMetadata().getName();
    }
  }

  public ActivityWatch(
      ContainerLook looks,
      AgentInstances instances,
      AgentPods pods,
      AgentEvents events,
      InstantSource clock) {
    this.looks = looks;
    this.instances = instances;
    this.pods = pods;
    this.events = events;
    this.clock = clock;
  }

  /**
   * Looks at each container whose time has come.
   *
   * @return keys of the instances with news to report
   */
  public synchronized List<String> look() {
    List<Running> running =
        instances.all().stream().flatMap(instance -> running(instance).stream()).toList();
    Set<String> news = new HashSet<>(forget(running));
    Instant now = clock.instant();
    List<Running> due = running.stream().filter(each -> isDue(each, now)).toList();
    if (due.isEmpty()) {
      return List.copyOf(news);
    }
    List<ContainerLook.Found> found = looks.look(due.stream().map(this::target).toList(), now);
    for (int i = 0; i < due.size(); i++) {
      if (note(due.get(i), found.get(i), now)) {
        news.add(due.get(i).key());
      }
    }
    return List.copyOf(news);
  }

  /** What is to be reported of an instance's container. */
  public synchronized Optional<AgentReport.Activity> of(Instance instance) {
    return Optional.ofNullable(watched.get(instance.key()))
        .filter(its -> its.uid.equals(instance.uid()))
        .flatMap(its -> its.clock.reported());
  }

  private Optional<Running> running(StoppableContainerInstance instance) {
    if (instance.getSpec().idle() == null || !instance.getSpec().running()) {
      return Optional.empty();
    }
    return pods.consumerOf(instance)
        .filter(pod -> !pod.isMarkedForDeletion())
        .flatMap(
            pod ->
                AgentPods.containerStatus(pod)
                    .filter(ActivityWatch::isRunning)
                    .map(ContainerStatus::getContainerID)
                    .map(id -> new Running(instance, pod, id.substring(id.lastIndexOf('/') + 1))));
  }

  private static boolean isRunning(ContainerStatus status) {
    return Optional.ofNullable(status.getState()).map(ContainerState::getRunning).isPresent();
  }

  /** Forgets containers that do not run any more; returns the keys of those with a report. */
  private List<String> forget(List<Running> running) {
    Map<String, Running> byKey = new HashMap<>();
    running.forEach(each -> byKey.put(each.key(), each));
    List<String> gone = new ArrayList<>();
    watched
        .entrySet()
        .removeIf(
            entry -> {
              Watched its = entry.getValue();
              Running now = byKey.get(entry.getKey());
              boolean isSame =
                  now != null
                      && now.containerId.equals(its.containerId)
                      && now.instance.getMetadata().getUid().equals(its.uid);
              if (!isSame && its.clock.reported().isPresent()) {
                gone.add(entry.getKey());
              }
              return !isSame;
            });
    return gone;
  }

  private boolean isDue(Running each, Instant now) {
    return LookInterval.isDue(of(each).lookedAt, now, LookInterval.of(each.order().idleTime()));
  }

  private Watched of(Running each) {
    return watched.computeIfAbsent(
        each.key(), _ -> new Watched(each.instance.getMetadata().getUid(), each.containerId));
  }

  private ContainerLook.Target target(Running each) {
    return new ContainerLook.Target(
        each.pod,
        each.containerId,
        each.order(),
        LookInterval.of(each.order().idleTime()),
        of(each).memory);
  }

  private boolean note(Running each, ContainerLook.Found found, Instant now) {
    Watched its = of(each);
    its.lookedAt = now;
    if (!found.isRunning()) {
      return false;
    }
    found.leaseProblem().filter(_ -> !its.isLeaseReported).ifPresent(why -> report(each, its, why));
    return its.clock.look(
        now,
        found.busy().isEmpty() ? Optional.empty() : Optional.of(String.join(", ", found.busy())),
        found.isSure(),
        each.order().idleTime());
  }

  /** Once for each run of a container, whatever its processes write. */
  private void report(Running each, Watched its, String why) {
    try {
      events.ofOwner(
          each.instance, LEASE_IGNORED, "/.sc-request/" + LeaseFile.NAME + " is ignored: " + why);
      its.isLeaseReported = true;
    } catch (KubernetesClientException e) {
      LOG.info("Event not recorded, retrying: error={}", e.getMessage());
    }
  }
}
