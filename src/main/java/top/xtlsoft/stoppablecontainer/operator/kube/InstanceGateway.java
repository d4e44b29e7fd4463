package top.xtlsoft.stoppablecontainer.operator.kube;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceSpec;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.api.UserAnnotation;
import top.xtlsoft.stoppablecontainer.operator.model.ResourceMetadata;
import top.xtlsoft.stoppablecontainer.operator.pass.Decision;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;

/** Writes instances. */
public final class InstanceGateway {

  private static final Logger LOG = LoggerFactory.getLogger(InstanceGateway.class);

  /** No event is certain to come: of another owner's object, or of a node. */
  static final Duration LOOK_AGAIN = Duration.ofSeconds(30);

  private final KubernetesClient client;
  private final ResourceReader reader;
  private final ObjectCreator creator;
  private final ObjectDeleter deleter;
  private final MergePatch patch;
  private final OperatorCaches caches;

  public InstanceGateway(KubernetesClient client, OperatorCaches caches, ResourceReader reader) {
    this.client = client;
    this.reader = reader;
    this.caches = caches;
    creator = new ObjectCreator(client, ConditionReason.POD_REFUSED);
    deleter = new ObjectDeleter(client);
    patch = new MergePatch(client);
  }

  /**
   * Carries out {@link Decision.CreateInstance}. The next passes see the instance before its event:
   * a deletion that comes at once would seem to have nothing to wait for.
   */
  public Pass create(Pass pass) {
    StoppableContainerInstance desired = pass.decided(Decision.CreateInstance.class).desired();
    Observation observed = pass.observed();
    return switch (creator.create(desired, observed.sc())) {
      case ObjectCreator.Result.Present<StoppableContainerInstance>(var instance, var made) -> {
        caches.created(instance);
        LOG.info(made ? "Instance created" : "Instance found");
        yield pass.observe(observed.withInstance(Optional.of(instance)));
      }
      case ObjectCreator.Result.Absent<StoppableContainerInstance>(var problem) ->
          problem.terminal() ? pass.fail(problem).again(LOOK_AGAIN) : pass.fail(problem);
    };
  }

  /** Carries out {@link Decision.CreateSnapshot}; its events start the next passes. */
  public Pass createSnapshot(Pass pass) {
    StoppableContainerSnapshot desired = pass.decided(Decision.CreateSnapshot.class).desired();
    return switch (creator.create(desired, pass.observed().sc())) {
      case ObjectCreator.Result.Present<StoppableContainerSnapshot>(var snapshot, var made) -> {
        LOG.info(
            "Snapshot to clone created: snapshot={} of={}",
            snapshot.getMetadata().getName(),
            snapshot.getSpec().source().name());
        yield pass.decide(new Decision.Await("the snapshot to be taken"));
      }
      case ObjectCreator.Result.Absent<StoppableContainerSnapshot>(var problem) ->
          pass.fail(problem);
    };
  }

  /** Carries out {@link Decision.ChangeInstance} and {@link Decision.AnnounceStop}. */
  public Pass change(Pass pass) {
    return change(pass, pass.decided(Decision.ChangeSpec.class).desired());
  }

  /** Shows the agent where the consumer of {@link Decision.CreateConsumer} will run. */
  public Pass announceStart(Pass pass) {
    return pass.decided(Decision.CreateConsumer.class)
        .announce()
        .map(spec -> change(pass, spec))
        .orElse(pass);
  }

  /**
   * Asks the API server for the instance that the cache has. A cache that lacks a start by the last
   * leader would take the pod that was started for one that waits. A cache that lacks the loss of
   * the owner ({@code --cascade=orphan}) would have the pods deleted that its user keeps.
   */
  public Pass look(Pass pass) {
    Observation observed = pass.observed();
    return pass.observe(
        observed.withInstance(
            observed.instance().flatMap(seen -> Optional.ofNullable(client.resource(seen).get()))));
  }

  private Pass change(Pass pass, StoppableContainerInstanceSpec desired) {
    Observation observed = pass.observed();
    StoppableContainerInstance seen = observed.instance().orElseThrow();
    StoppableContainerInstance changed = patch.spec(seen, desired);
    caches.wrote(seen, changed);
    LOG.info(
        "Instance changed: node={} image={} running={}",
        changed.getSpec().nodeName(),
        changed.getSpec().image(),
        changed.getSpec().running());
    return pass.observe(observed.withInstance(Optional.of(changed)));
  }

  /**
   * Carries out {@link Decision.AdoptInstance}, unless the API server knows that the resource is
   * being deleted. With {@code --cascade=orphan} the garbage collector takes the owner off the
   * instance, and that event can arrive before the one of the deletion: an instance that was
   * adopted then would go with the resource.
   */
  public Pass adopt(Pass pass) {
    Observation observed = pass.observed();
    if (!isKept(observed.sc())) {
      LOG.info("Instance not adopted, the StoppableContainer is being deleted");
      StoppableContainer going = Serialization.clone(observed.sc());
      going.getMetadata().setDeletionTimestamp(observed.at().toString());
      return pass.observe(observed.withResource(going));
    }
    StoppableContainerInstance seen = observed.instance().orElseThrow();
    StoppableContainerInstance adopted =
        patch.owner(seen, ResourceMetadata.controlledBy(observed.sc()));
    caches.wrote(seen, adopted);
    LOG.info("Instance adopted");
    return pass.observe(observed.withInstance(Optional.of(adopted)));
  }

  private boolean isKept(StoppableContainer seen) {
    return reader
        .metadata(seen)
        .filter(now -> now.getDeletionTimestamp() == null)
        .map(ObjectMeta::getUid)
        .filter(seen.getMetadata().getUid()::equals)
        .isPresent();
  }

  /** Copies the resource's trace annotation to the instance, where the agent reads it. */
  public Pass trace(Pass pass) {
    Observation observed = pass.observed();
    boolean on = UserAnnotation.TRACE.isOn(observed.sc());
    StoppableContainerInstance seen = observed.instance().orElseThrow();
    StoppableContainerInstance changed =
        patch.annotation(
            seen, UserAnnotation.TRACE.key(), Optional.of(UserAnnotation.ON).filter(_ -> on));
    caches.wrote(seen, changed);
    LOG.info("Instance changed: trace={}", on);
    return pass.observe(observed.withInstance(Optional.of(changed)));
  }

  /**
   * Carries out {@link Decision.DeleteInstance}, unless the instance has changed: it may have lost
   * its owner, whose deletion ({@code --cascade=orphan}) then keeps it.
   */
  public Pass delete(Pass pass) {
    if (deleter.deleteUnchanged(pass.observed().instance().orElseThrow())) {
      LOG.info("Instance deletion requested");
    }
    return pass;
  }

  /** Carries out {@link Decision.ReleaseInstance}, unless the API server has its node. */
  public Pass release(Pass pass) {
    StoppableContainerInstance instance = pass.observed().instance().orElseThrow();
    String node = instance.getSpec().nodeName();
    if (node != null && ResourceReader.hasNode(client, node)) {
      LOG.info("Agent's finalizer kept, its node is there: node={}", node);
      return pass.again(LOOK_AGAIN);
    }
    List<String> others =
        ResourceReader.finalizers(client, instance).stream()
            .filter(finalizer -> !finalizer.equals(ApiNames.INSTANCE_FINALIZER))
            .toList();
    patch.finalizers(instance, others);
    LOG.info(
        "Agent's finalizer removed: why={}", pass.decided(Decision.ReleaseInstance.class).why());
    return pass;
  }
}
