package top.xtlsoft.stoppablecontainer.operator.pass;

import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.ResourceKey;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceSpec;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceStatus;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.operator.model.Architecture;
import top.xtlsoft.stoppablecontainer.operator.model.BinConfigMapFactory;
import top.xtlsoft.stoppablecontainer.operator.model.ConsumerPodFactory;
import top.xtlsoft.stoppablecontainer.operator.model.InstanceFactory;
import top.xtlsoft.stoppablecontainer.operator.model.NormalizedTemplate;
import top.xtlsoft.stoppablecontainer.operator.model.ProviderPodFactory;
import top.xtlsoft.stoppablecontainer.operator.model.SnapshotTimes;
import top.xtlsoft.stoppablecontainer.operator.plan.BinariesPlanner;

/** Objects as they are at the points of a container's life, for the tests of decisions. */
public final class Given {

  public static final Instant NOW = Instant.parse("2026-01-01T00:01:00Z");
  public static final String NODE = "node1";

  private Given() {}

  static final BinConfigMapFactory BINARIES =
      new BinConfigMapFactory(
          Map.of("amd64", Map.of("sc-exec", new byte[] {1}, "pause", new byte[] {2})));

  public static final BinariesPlanner BINARIES_PLANNER = new BinariesPlanner(BINARIES);

  /** A held StoppableContainer with the given spec in YAML. */
  public static StoppableContainer sc(String spec) {
    StoppableContainer sc =
        Serialization.unmarshal(
            """
            apiVersion: stoppablecontainer.xtlsoft.top/v1alpha1
            kind: StoppableContainer
            metadata:
              name: box
              namespace: ns
              uid: sc-uid
              generation: 1
              resourceVersion: "1"
              finalizers: [stoppablecontainer.xtlsoft.top/finalizer]
            spec:
            """
                + spec.indent(2),
            StoppableContainer.class);
    return sc;
  }

  public static StoppableContainer sc(boolean running) {
    return sc(
        """
        running: %s
        template:
          container:
            image: image:1
            command: [run]
        """
            .formatted(running));
  }

  /** The instance that belongs to it. */
  public static StoppableContainerInstance instance(
      StoppableContainer sc, boolean running, boolean bound) {
    StoppableContainerInstance instance =
        new InstanceFactory()
            .instance(
                sc,
                NormalizedTemplate.of(sc.getSpec().template()),
                "/var/lib/stoppablecontainer",
                Optional.empty());
    instance.getMetadata().setUid("sci-uid");
    instance.getMetadata().setGeneration(2L);
    instance.setSpec(
        new StoppableContainerInstanceSpec(
            bound ? NODE : null,
            "/var/lib/stoppablecontainer",
            NormalizedTemplate.of(sc.getSpec().template()).image(),
            running));
    return instance;
  }

  /** The instance with a report of its agent. */
  public static StoppableContainerInstance reported(
      StoppableContainerInstance instance, AgentReport report) {
    instance.setStatus(
        new StoppableContainerInstanceStatus(
            null, null, null, null, null, null, null, null, report));
    return instance;
  }

  public static AgentReport synced(long generation) {
    return new AgentReport(
        new AgentReport.Mount(true, "boot", "sha256:1"), generation, null, null, null);
  }

  /** The provider pod, as it was created. */
  public static Pod provider(StoppableContainer sc, StoppableContainerInstance instance) {
    return created(
        new ProviderPodFactory()
            .provider(
                sc,
                instance,
                NormalizedTemplate.of(sc.getSpec().template()),
                new Architecture("amd64", false),
                "bin",
                false));
  }

  /** The provider pod of a first start, which goes where the consumer pod goes. */
  public static Pod follower(StoppableContainer sc, StoppableContainerInstance instance) {
    return created(
        new ProviderPodFactory()
            .provider(
                sc,
                instance,
                NormalizedTemplate.of(sc.getSpec().template()),
                new Architecture("amd64", false),
                "bin",
                true));
  }

  /** The consumer pod, as it was created. */
  public static Pod consumer(StoppableContainer sc, StoppableContainerInstance instance) {
    return created(
        new ConsumerPodFactory()
            .consumer(
                sc,
                instance,
                NormalizedTemplate.of(sc.getSpec().template()),
                new Architecture("amd64", false),
                "bin"));
  }

  public static Pod bound(Pod pod) {
    return new PodBuilder(pod).editSpec().withNodeName(NODE).endSpec().build();
  }

  /** The pod as admission webhooks leave it: a proxy before its containers, images in full. */
  public static Pod changedByWebhooks(Pod pod) {
    PodBuilder builder = new PodBuilder(pod);
    builder
        .editSpec()
        .withContainers(new ContainerBuilder().withName("proxy").withImage("mesh/proxy:1").build())
        .addAllToContainers(
            pod.getSpec().getContainers().stream()
                .map(
                    container ->
                        new ContainerBuilder(container)
                            .withImage("docker.io/library/" + container.getImage())
                            .build())
                .toList())
        .endSpec();
    return builder.build();
  }

  /** All containers run since half a minute. */
  public static Pod running(Pod pod) {
    PodBuilder builder =
        new PodBuilder(bound(pod)).editOrNewStatus().withPhase("Running").endStatus();
    pod.getSpec()
        .getContainers()
        .forEach(
            container ->
                builder
                    .editStatus()
                    .addToContainerStatuses(
                        new ContainerStatusBuilder()
                            .withName(container.getName())
                            .withImageID("sha256:1")
                            .withNewState()
                            .withNewRunning()
                            .withStartedAt(NOW.minusSeconds(30).toString())
                            .endRunning()
                            .endState()
                            .build())
                    .endStatus());
    return builder.build();
  }

  public static Pod waiting(Pod pod, String reason, String message) {
    return new PodBuilder(bound(pod))
        .editOrNewStatus()
        .withPhase("Pending")
        .addNewContainerStatus()
        .withName(pod.getSpec().getContainers().getFirst().getName())
        .withNewState()
        .withNewWaiting(message, reason)
        .endState()
        .endContainerStatus()
        .endStatus()
        .build();
  }

  public static Pod with(Pod pod, String condition, String status, String reason, String message) {
    return new PodBuilder(pod)
        .editOrNewStatus()
        .addToConditions(
            new PodConditionBuilder()
                .withType(condition)
                .withStatus(status)
                .withReason(reason)
                .withMessage(message)
                .build())
        .endStatus()
        .build();
  }

  public static Pod mounted(Pod provider) {
    return with(running(provider), ApiNames.POD_CONDITION_MOUNTED, "True", "Mounted", "");
  }

  public static Pod attached(Pod consumer) {
    return with(running(consumer), ApiNames.POD_CONDITION_ATTACHED, "True", "Attached", "");
  }

  public static Pod ready(Pod consumer) {
    return with(attached(consumer), "Ready", "True", "", "");
  }

  public static Pod going(Pod pod) {
    return new PodBuilder(pod)
        .editMetadata()
        .withDeletionTimestamp(NOW.toString())
        .endMetadata()
        .build();
  }

  public static Pod ended(Pod pod, String phase, String reason) {
    return new PodBuilder(bound(pod))
        .editOrNewStatus()
        .withPhase(phase)
        .withReason(reason)
        .endStatus()
        .build();
  }

  public static <T extends HasMetadata> T deleting(T object) {
    object.getMetadata().setDeletionTimestamp(NOW.minusSeconds(30).toString());
    return object;
  }

  /** A pass that has seen these; null stands for what is not there. */
  public static Pass pass(
      StoppableContainer sc, StoppableContainerInstance sci, Pod provider, Pod consumer) {
    return Pass.begin(
        new Observation(
            new ResourceKey("ns", "box"),
            NOW,
            Optional.of(sc),
            Optional.ofNullable(sci),
            Optional.ofNullable(provider).map(Given::cached),
            Optional.ofNullable(consumer).map(Given::cached),
            new ClusterNodes(Map.of(NODE, "amd64"), Map.of())));
  }

  /** A pass that has seen the same on these nodes. */
  public static Pass on(ClusterNodes nodes, Pass pass) {
    Observation seen = pass.observed();
    return Pass.begin(
        new Observation(
            seen.key(),
            seen.at(),
            seen.resource(),
            seen.instance(),
            seen.provider(),
            seen.consumerPod(),
            nodes));
  }

  /** What a pass observes of a StoppableContainer without pods, and of snapshots of it. */
  public static Observation observed(
      StoppableContainer sc,
      @Nullable StoppableContainerInstance source,
      StoppableContainerSnapshot... all) {
    return observed(Set.of(), sc, source, all);
  }

  /**
   * The same, with snapshots that a restore or a clone needs.
   *
   * @param awaited their names
   */
  public static Observation observed(
      Set<String> awaited,
      StoppableContainer sc,
      @Nullable StoppableContainerInstance source,
      StoppableContainerSnapshot... all) {
    Observation seen = pass(sc, source, null, null).observed();
    return new Observation(
        seen.key(),
        seen.at(),
        seen.resource(),
        seen.instance(),
        seen.provider(),
        seen.consumerPod(),
        seen.nodes(),
        seen.source(),
        seen.stopFor(),
        seen.schedule(),
        source == null
            ? ScheduledSnapshots.NONE
            : ScheduledSnapshots.of(
                source,
                SnapshotTimes.of(sc.getSpec().snapshots(), seen.at()),
                Stream.of(all),
                awaited));
  }

  /** The pod as the operator's cache keeps it. */
  public static Pod cached(Pod pod) {
    Pod cached = new PodBuilder(pod).build();
    PodTrimmer.trim(cached);
    return cached;
  }

  private static Pod created(Pod pod) {
    return new PodBuilder(pod)
        .editMetadata()
        .withUid(pod.getMetadata().getName() + "-uid")
        .withCreationTimestamp(NOW.minusSeconds(40).toString())
        .endMetadata()
        .build();
  }
}
