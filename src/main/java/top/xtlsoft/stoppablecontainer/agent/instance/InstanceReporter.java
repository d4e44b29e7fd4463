package top.xtlsoft.stoppablecontainer.agent.instance;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.apache.camel.Body;
import org.apache.camel.Header;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.AgentFailures;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.Rate;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.filesystem.DiskInspector;
import top.xtlsoft.stoppablecontainer.agent.filesystem.FileSystemMounter;
import top.xtlsoft.stoppablecontainer.agent.filesystem.UpperUsage;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FolderRecord;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.InstanceFolder;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentInstances;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentPods;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceStatus;
import top.xtlsoft.stoppablecontainer.camel.ScHeaders;
import top.xtlsoft.stoppablecontainer.camel.informer.InformerEventType;
import top.xtlsoft.stoppablecontainer.runtime.LastWrites;

/** The only writer of an instance's {@code status.agent}; writes on a difference only. */
public final class InstanceReporter {

  private static final Logger LOG = LoggerFactory.getLogger(InstanceReporter.class);

  private final KubernetesClient client;
  private final FileSystemStore store;
  private final Node node;
  private final AgentInstances instances;
  private final AgentPods pods;
  private final FileSystemMounter mounter;
  private final AgentFailures failures;
  private final InstanceSyncer syncer;
  private final DiskInspector disk;
  private final InstanceSizer sizer;
  private final Function<Instance, Optional<AgentReport.Activity>> activity;
  private final Function<Instance, Optional<AgentReport.Wake>> wakes;
  private final Rate failureChanges = Rate.ofReports(InstantSource.system());
  private final LastWrites<AgentReport> written = new LastWrites<>();
  private final ImageWait imageWait;

  public InstanceReporter(
      KubernetesClient client,
      FileSystemStore store,
      Node node,
      AgentInstances instances,
      AgentPods pods,
      FileSystemMounter mounter,
      AgentFailures failures,
      InstanceSyncer syncer,
      InstanceSizer sizer,
      Function<Instance, Optional<AgentReport.Activity>> activity,
      Function<Instance, Optional<AgentReport.Wake>> wakes,
      LongSupplier nanoTime) {
    this.client = client;
    this.store = store;
    this.node = node;
    this.instances = instances;
    this.pods = pods;
    this.mounter = mounter;
    this.failures = failures;
    this.syncer = syncer;
    this.disk = new DiskInspector(store);
    this.sizer = sizer;
    this.activity = activity;
    this.wakes = wakes;
    this.imageWait = new ImageWait(nanoTime);
  }

  /**
   * Done when the API server knows what is true on the node.
   *
   * @return when to look again; null for not before the instance or its provider pod changes
   * @throws NotYetException while the disk is full or read-only, which is to be looked at again,
   *     and when the instance's failure changes too often
   */
  public @Nullable Duration report(@Header(ScHeaders.KEY) String key) {
    Optional<StoppableContainerInstance> cached = instances.cached(key);
    if (cached.isEmpty()) {
      LOG.debug("Instance is gone");
      return null;
    }
    StoppableContainerInstance instance = cached.get();
    @Nullable AgentReport old = instance.getStatus() == null ? null : instance.getStatus().agent();
    AgentReport now = observe(instance, old);
    Optional<Duration> wait = imageWait.left(instance.getMetadata().getUid(), now, old);
    if (wait.isPresent()) {
      LOG.debug("Report waits for the image");
      return wait.get();
    }
    if (now.equals(old)
        || written.has(instance, now)
        || (old == null && saysNothing(now))
        || (instance.getSpec().running() && isSizeAlone(now, old))) {
      LOG.debug("Nothing new to report");
    } else {
      requireRare(instance, now, old);
      write(instance, now);
    }
    if (now.diskPressure() != null) {
      // The kernel does not report when there is room again, so the agent looks, ever more rarely.
      throw NotYetException.untilRetry("the disk is " + now.diskPressure());
    }
    return null;
  }

  /**
   * Whether an event of an instance's pod has news for the instance: the pod is gone or no longer
   * the instance's, for which the release of a deleted instance waits, or its status names the
   * image of the file system, which can be the last thing that kubelet writes.
   */
  public boolean learnsFrom(
      @Header(ScHeaders.EVENT_TYPE) InformerEventType eventType, @Body Pod pod) {
    Optional<String> owner = pods.instanceKey(pod);
    return eventType == InformerEventType.DELETED || pods.isOrphaned(pod)
        ? owner.isPresent()
        : owner.flatMap(instances::cached).filter(this::lacksImage).isPresent();
  }

  private boolean lacksImage(StoppableContainerInstance resource) {
    Optional<AgentReport> report =
        Optional.ofNullable(resource.getStatus()).map(StoppableContainerInstanceStatus::agent);
    Optional<String> reported = imageId(Instance.of(resource), report.map(AgentReport::restored));
    return (report.isPresent() || imageWait.has(resource.getMetadata().getUid()))
        && reported.isPresent()
        && !reported.equals(report.map(AgentReport::imageID));
  }

  /** Not worth a write while it runs: the next report of something else includes the size. */
  private static boolean isSizeAlone(AgentReport now, @Nullable AgentReport old) {
    return old != null && now.withSizeOf(old).equals(old);
  }

  /** A pod can have a failure come and go as often as it asks; all else changes by itself. */
  private void requireRare(
      StoppableContainerInstance instance, AgentReport now, @Nullable AgentReport old) {
    AgentReport.@Nullable Failure before = old == null ? null : old.failure();
    if (!Objects.equals(reason(now.failure()), reason(before))
        && !failureChanges.allows(instance.getMetadata().getUid())) {
      throw NotYetException.untilRetry("the instance's failure changes too often");
    }
  }

  /** A file system that is about to be made needs no report. */
  private static boolean saysNothing(AgentReport report) {
    String bootID = report.mount() == null ? null : report.mount().bootID();
    AgentReport nothing =
        new AgentReport(new AgentReport.Mount(false, bootID, null), null, null, null, null);
    return report.withSizeOf(nothing).equals(nothing);
  }

  private static @Nullable String reason(AgentReport.@Nullable Failure failure) {
    return failure == null ? null : failure.reason();
  }

  private void write(StoppableContainerInstance instance, AgentReport now) {
    // In a merge patch null takes a field away; left out it would stay as it is.
    Map<String, @Nullable Object> mount = new LinkedHashMap<>();
    if (now.mount() != null) {
      mount.put("mounted", now.mount().mounted());
      mount.put("bootID", now.mount().bootID());
      mount.put("imageID", now.mount().imageID());
      mount.put("sizeBytes", now.mount().sizeBytes());
    }
    Map<String, @Nullable Object> agent = new LinkedHashMap<>();
    agent.put("mount", mount);
    agent.put("syncedGeneration", now.syncedGeneration());
    agent.put("diskPressure", now.diskPressure());
    agent.put("size", now.size());
    agent.put("failure", now.failure());
    agent.put("restored", now.restored());
    agent.put("activity", now.activity() == null ? null : fields(now.activity()));
    agent.put("wake", now.wake());
    // By the object: for a name alone the client asks for the object first.
    StoppableContainerInstance answer =
        client
            .resource(instance)
            .subresource("status")
            .patch(
                PatchContext.of(PatchType.JSON_MERGE),
                Serialization.asJson(Map.of("status", Map.of("agent", agent))));
    written.add(instance, answer, now);
    LOG.info("Instance reported: {}", now);
  }

  private static Map<String, @Nullable Object> fields(AgentReport.Activity activity) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("busy", activity.busy());
    fields.put("idleSince", activity.idleSince());
    fields.put("idleAt", activity.idleAt());
    return fields;
  }

  private AgentReport observe(StoppableContainerInstance resource, @Nullable AgentReport old) {
    Instance instance = Instance.of(resource);
    boolean mounted;
    try {
      mounted = isMounted(instance);
    } catch (RefusedException e) {
      // A folder that is not to be touched is a fact to report.
      failures.put(
          instance.key(), AgentFailures.Source.REQUEST, e.reason(), String.valueOf(e.getMessage()));
      mounted = false;
    }
    Optional<String> restored =
        restored(instance).or(() -> Optional.ofNullable(old).map(AgentReport::restored));
    Optional<AgentFailures.Failure> failure = failures.of(instance.key());
    Optional<UpperUsage> upper = sizer.usage(instance);
    Optional<Long> synced =
        syncer
            .syncedGeneration(instance.uid())
            .or(() -> Optional.ofNullable(old).map(AgentReport::syncedGeneration));
    return new AgentReport(
        new AgentReport.Mount(
            mounted,
            node.bootId(),
            imageId(instance, restored)
                .or(
                    () ->
                        Optional.ofNullable(old)
                            .filter(before -> !isOnOtherImage(instance, restored, before))
                            .map(AgentReport::imageID))
                .orElse(null),
            mounted ? sizeBytes(instance).orElse(null) : null),
        synced.orElse(null),
        diskPressure(instance).orElse(null),
        upper
            .map(usage -> new AgentReport.Size(usage.bytes(), usage.inodes()))
            .or(() -> Optional.ofNullable(old).map(AgentReport::size))
            .orElse(null),
        failure.map(f -> new AgentReport.Failure(f.reason().wire(), f.message())).orElse(null),
        restored.orElse(null),
        activity.apply(instance).orElse(null),
        // The last one stays, since it is void by itself: to take it away would be a write.
        wakes
            .apply(instance)
            .or(() -> Optional.ofNullable(old).map(AgentReport::wake))
            .orElse(null));
  }

  /** Whether a restore has put the file system on another image since the last report. */
  private static boolean isOnOtherImage(
      Instance instance, Optional<String> restored, AgentReport before) {
    return instance.hasOtherImage()
        && restored.isPresent()
        && !restored.equals(Optional.ofNullable(before.restored()));
  }

  private Optional<String> restored(Instance instance) {
    try {
      return store.allows(instance)
          ? store.look(
              instance, folder -> folder.recordOf(instance.uid()).map(FolderRecord::restored))
          : Optional.empty();
    } catch (RefusedException e) {
      return Optional.empty();
    }
  }

  private Optional<Long> sizeBytes(Instance instance) {
    return store.look(instance, InstanceFolder::diskBytes);
  }

  private Optional<String> diskPressure(Instance instance) {
    return store.allows(instance)
        ? disk.pressure(instance).map(ConditionReason::wire)
        : Optional.empty();
  }

  private boolean isMounted(Instance instance) {
    if (!store.allows(instance)) {
      return false;
    }
    Optional<Fd> root = mounter.mounted(instance);
    root.ifPresent(Fd::close);
    return root.isPresent();
  }

  /**
   * The image of the file system, once the kubelet reports the container that shows it. A pod that
   * was made for a restore shows it when the restore is done.
   */
  private Optional<String> imageId(Instance instance, Optional<String> restored) {
    return pods.find(instance.namespace() + "/" + ApiNames.providerPodName(instance.name()))
        .filter(pod -> pods.of(instance.namespace(), instance.uid()).contains(pod))
        .filter(
            pod -> AgentPods.restoreOf(pod).isEmpty() || AgentPods.restoreOf(pod).equals(restored))
        .filter(pod -> pod.getStatus() != null && pod.getStatus().getContainerStatuses() != null)
        .flatMap(
            pod ->
                pod.getStatus().getContainerStatuses().stream()
                    .filter(status -> status.getName().equals(ApiNames.CONTAINER_ROOTFS))
                    .map(ContainerStatus::getImageID)
                    .filter(id -> id != null && !id.isEmpty())
                    .findFirst());
  }
}
