package top.xtlsoft.stoppablecontainer.operator;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.CamelContext;
import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.MainListenerSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.ResourceKey;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.operator.pass.ClusterNodes;
import top.xtlsoft.stoppablecontainer.operator.pass.Decision;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;
import top.xtlsoft.stoppablecontainer.operator.plan.ConsumerPlanner;
import top.xtlsoft.stoppablecontainer.operator.plan.InstancePlanner;
import top.xtlsoft.stoppablecontainer.operator.plan.ProviderPlanner;
import top.xtlsoft.stoppablecontainer.operator.status.StatusPlanner;
import top.xtlsoft.stoppablecontainer.operator.validate.TemplateValidator;

/**
 * Runs the planners once with a made-up resource after the start, and discards the result. Without
 * it the first user would wait until classes are initialized and Jackson has inspected all fields
 * of a pod. Planners are pure, so this has no effect.
 */
final class Rehearsal extends MainListenerSupport {

  private static final Logger LOG = LoggerFactory.getLogger(Rehearsal.class);

  private static final String NAME = "rehearsal";
  private static final String NODE = "node";

  private final KubernetesSerialization json;
  private final String architecture;

  /**
   * @param client provides the JSON serialization; no request is sent
   * @param architecture an architecture with binaries
   */
  Rehearsal(KubernetesClient client, String architecture) {
    this.json = client.getKubernetesSerialization();
    this.architecture = architecture;
  }

  /** Runs on a thread of its own; a failure changes nothing. */
  @Override
  public void afterStart(BaseMainSupport started) {
    CamelContext camel = started.getCamelContext();
    Thread.ofPlatform()
        .daemon()
        .name(NAME)
        .start(
            () -> {
              try {
                rehearse(camel);
              } catch (RuntimeException e) {
                LOG.warn("Rehearsal failed, the first create will be slower", e);
              }
            });
  }

  /** Plans a create, until its container runs. */
  void rehearse(CamelContext camel) {
    Pass pass = bean(camel, TemplateValidator.class).validate(Pass.begin(start()));
    Pass instance = bean(camel, InstancePlanner.class).plan(pass);
    if (!(instance.decision() instanceof Decision.CreateInstance(var desired))) {
      throw new IllegalStateException("planned otherwise: " + instance);
    }
    pass = pass.observe(pass.observed().withInstance(Optional.of(written(desired))));
    Pass consumer = bean(camel, ConsumerPlanner.class).plan(pass);
    if (!(consumer.decision() instanceof Decision.CreateConsumer first)) {
      throw new IllegalStateException("planned otherwise: " + consumer);
    }
    pass = pass.observe(pass.observed().withConsumer(Optional.of(written(first.desired()))));
    Pass provider = bean(camel, ProviderPlanner.class).plan(pass);
    if (!(provider.decision() instanceof Decision.CreateProvider made)) {
      throw new IllegalStateException("planned otherwise: " + provider);
    }
    pass = pass.observe(pass.observed().withProvider(Optional.of(placed(written(made.desired())))));
    bean(camel, StatusPlanner.class)
        .plan(pass)
        .report()
        .ifPresent(
            report -> {
              json.asJson(report.status());
              report.instanceStatus().ifPresent(json::asJson);
            });
    LOG.debug("Rehearsal done");
  }

  private Observation start() {
    StoppableContainer resource =
        json.unmarshal(
            """
            apiVersion: stoppablecontainer.xtlsoft.top/v1alpha1
            kind: StoppableContainer
            metadata: {name: %s, namespace: %s, uid: %s, generation: 1, finalizers: [%s]}
            spec: {running: true, template: {container: {image: image, command: [run]}}}
            """
                .formatted(NAME, NAME, NAME, ApiNames.FINALIZER),
            StoppableContainer.class);
    return new Observation(
        new ResourceKey(NAME, NAME),
        Instant.now(),
        Optional.of(resource),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        new ClusterNodes(Map.of(NODE, architecture), Map.of()));
  }

  /** The object as the API server would return it. */
  @SuppressWarnings("unchecked")
  private <T extends HasMetadata> T written(T desired) {
    T answer = (T) json.unmarshal(json.asJson(desired), desired.getClass());
    answer.getMetadata().setUid(NAME + answer.getMetadata().getName());
    answer.getMetadata().setGeneration(1L);
    answer.getMetadata().setCreationTimestamp(Instant.now().toString());
    return answer;
  }

  private static Pod placed(Pod pod) {
    return new PodBuilder(pod).editSpec().withNodeName(NODE).endSpec().build();
  }

  private static <T> T bean(CamelContext camel, Class<T> type) {
    return camel.getRegistry().findSingleByType(type);
  }
}
