package top.xtlsoft.stoppablecontainer.operator.plan;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.api.IdleOrder;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceSpec;
import top.xtlsoft.stoppablecontainer.operator.model.InstanceFactory;
import top.xtlsoft.stoppablecontainer.operator.model.NormalizedTemplate;
import top.xtlsoft.stoppablecontainer.operator.model.PinnedImage;
import top.xtlsoft.stoppablecontainer.operator.pass.Decision;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;
import top.xtlsoft.stoppablecontainer.operator.pass.Problem;

/** Keeps the instance, with the node and the image of its file system. */
public final class InstancePlanner implements Planner<Decision.OfInstance> {

  private final InstanceFactory factory;
  private final ClonePlanner clones;

  public InstancePlanner(InstanceFactory factory, ClonePlanner clones) {
    this.factory = factory;
    this.clones = clones;
  }

  /**
   * First adds the operator's finalizer; then creates the instance, or adopts one without an owner;
   * then follows an image that can still change.
   */
  @Override
  public Decision.OfInstance decide(Observation observed) {
    if (!observed.holdsFinalizer()) {
      return new Decision.HoldResource();
    }
    NormalizedTemplate template = NormalizedTemplate.of(observed.sc().getSpec());
    if (observed.instance().isEmpty()) {
      return clones
          .obstacle(observed)
          .orElseGet(
              () ->
                  new Decision.CreateInstance(
                      factory.instance(
                          observed.sc(), template, observed.hostPathPrefix(), observed.source())));
    }
    if (observed.isOrphaned()) {
      return observed.sc().isMarkedForDeletion()
          ? new Decision.Await("the StoppableContainer to go without its instance")
          : new Decision.AdoptInstance();
    }
    if (!observed.ownsInstance()) {
      return new Decision.Refuse(
          new Problem(
              ConditionReason.NAME_COLLISION,
              "The instance of an earlier StoppableContainer of that name is still there. It goes"
                  + " by itself, and its file system with it.",
              false));
    }
    StoppableContainerInstance instance = observed.instance().get();
    StoppableContainerInstanceSpec spec = instance.getSpec();
    if (spec.nodeName() != null && !observed.nodes().has(spec.nodeName())) {
      return new Decision.Refuse(Problem.nodeGone(spec.nodeName()));
    }
    if (spec.nodeName() == null && observed.isPodWanted() && observed.consumer().isPresent()) {
      Optional<StoppableContainerInstanceSpec> placed =
          InstanceSpecs.change(instance, observed.nodeName(), true);
      if (observed.nodeName().isPresent() && placed.isPresent()) {
        return new Decision.ChangeInstance(placed.get());
      }
    }
    StoppableContainerInstanceSpec wanted =
        new StoppableContainerInstanceSpec(
            spec.nodeName(),
            spec.hostPathPrefix(),
            image(observed, instance, template).orElse(spec.image()),
            spec.running(),
            spec.source(),
            size(spec.sizeBytes(), observed.sc().getSpec().sizeBytes()),
            // A new generation has the agent bring a stopped one to disk once more. The start of a
            // parked one writes it.
            observed.isPodWanted() && observed.parked().isEmpty()
                ? IdleOrder.of(observed.sc())
                : spec.idle());
    return wanted.equals(spec) ? new Decision.Nothing() : new Decision.ChangeInstance(wanted);
  }

  /** A file system never shrinks, nor does one lose its limit. */
  private static @Nullable Long size(@Nullable Long now, @Nullable Long wanted) {
    return now == null || (wanted != null && wanted > now) ? wanted : now;
  }

  /**
   * The image that the instance is to name: the one that a restore has put the file system on, or
   * the template's while there is no file system. Empty while a restore is on the way, which can
   * still be given up.
   */
  private static Optional<String> image(
      Observation observed, StoppableContainerInstance instance, NormalizedTemplate template) {
    if (PinnedImage.exchange(instance).isPresent()) {
      return Optional.empty();
    }
    return observed.isFileSystemMade()
        ? PinnedImage.newImage(instance)
        : Optional.of(template.image());
  }
}
