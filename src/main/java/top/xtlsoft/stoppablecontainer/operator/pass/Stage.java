package top.xtlsoft.stoppablecontainer.operator.pass;

import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceStatus;

/**
 * The progress of a container, from its pods' conditions and the agent's report.
 *
 * @param isMounted whether the file system is mounted
 * @param isAttached whether the container runs on it
 * @param isConsumerReady whether it is attached and its pod is ready
 * @param isSynced whether it is stopped, or has ended, and all its writes are on disk
 */
public record Stage(
    boolean isMounted, boolean isAttached, boolean isConsumerReady, boolean isSynced) {

  public static Stage of(Observation observed) {
    boolean mounted =
        observed
            .provider()
            .map(PodFacts::new)
            .filter(facts -> !facts.isEnded() && facts.isTrue(ApiNames.POD_CONDITION_MOUNTED))
            .isPresent();
    Optional<PodFacts> consumer =
        observed
            .consumer()
            .map(PodFacts::new)
            .filter(facts -> !facts.isGoing() && !facts.isEnded());
    boolean attached =
        consumer.filter(facts -> facts.main().filter(facts::isAttached).isPresent()).isPresent();
    // Kubelet reads only the condition, which may be true of an earlier container.
    boolean ready = attached && consumer.filter(PodFacts::isReady).isPresent();
    boolean synced =
        (observed.consumer().isEmpty() || observed.hasEnded())
            && observed.instance().filter(Stage::synced).isPresent();
    return new Stage(mounted, attached, ready, synced);
  }

  private static boolean synced(StoppableContainerInstance instance) {
    Long generation = instance.getMetadata().getGeneration();
    return !instance.getSpec().running()
        && generation != null
        && Optional.ofNullable(instance.getStatus())
            .map(StoppableContainerInstanceStatus::agent)
            .map(AgentReport::syncedGeneration)
            .filter(done -> done >= generation)
            .isPresent();
  }
}
