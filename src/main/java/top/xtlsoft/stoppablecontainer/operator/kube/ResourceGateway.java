package top.xtlsoft.stoppablecontainer.operator.kube;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.operator.pass.Decision;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;

/**
 * Adds and removes the operator's finalizer, and deletes a StoppableContainer when its user has
 * said so before; the rest of it is the user's.
 */
public final class ResourceGateway {

  private static final Logger LOG = LoggerFactory.getLogger(ResourceGateway.class);

  /** The event of a change that the API server has is on its way. */
  private static final Duration UNTIL_EVENT = Duration.ofSeconds(1);

  private final KubernetesClient client;
  private final ResourceReader reader;
  private final MergePatch patch;
  private final ObjectDeleter deleter;

  public ResourceGateway(KubernetesClient client, ResourceReader reader) {
    this.client = client;
    this.reader = reader;
    patch = new MergePatch(client);
    deleter = new ObjectDeleter(client);
  }

  /** Carries out {@link Decision.HoldResource}. */
  public Pass hold(Pass pass) {
    StoppableContainer resource = pass.observed().sc();
    List<String> finalizers = new ArrayList<>(ResourceReader.finalizers(client, resource));
    finalizers.add(ApiNames.FINALIZER);
    StoppableContainer held = patch.finalizers(resource, finalizers);
    LOG.debug("Operator's finalizer added");
    return pass.observe(pass.observed().withResource(held));
  }

  /**
   * Looks whether its user has changed the StoppableContainer: a stop by a time comes without an
   * event, and a cache that lacks the user's last word would end what is to run.
   */
  public Pass look(Pass pass) {
    StoppableContainer seen = pass.observed().sc();
    return reader
            .metadata(seen)
            .map(ObjectMeta::getResourceVersion)
            .filter(seen.getMetadata().getResourceVersion()::equals)
            .isPresent()
        ? pass
        : pass.decide(
            new Decision.Await("the event of a change of the StoppableContainer")
                .atMost(UNTIL_EVENT));
  }

  /** Deletes what has been stopped for long, unless its user has changed it meanwhile. */
  public Pass expire(Pass pass) {
    StoppableContainer resource = pass.observed().sc();
    LOG.info(
        "Resource has been stopped for long, deleting it: since={}", resource.getStatus().since());
    deleter.deleteUnchanged(resource);
    return pass;
  }

  /** Carries out {@link Decision.ReleaseResource}. */
  public Pass release(Pass pass) {
    StoppableContainer resource = pass.observed().sc();
    List<String> others =
        ResourceReader.finalizers(client, resource).stream()
            .filter(finalizer -> !finalizer.equals(ApiNames.FINALIZER))
            .toList();
    patch.finalizers(resource, others);
    LOG.info("Resource deleted: instanceKept={}", pass.observed().instance().isPresent());
    return pass;
  }
}
