package top.xtlsoft.stoppablecontainer.operator.kube;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.HttpURLConnection;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.api.AgentReason;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.AttachedContainer;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.api.MainContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.operator.model.ResourceMetadata;
import top.xtlsoft.stoppablecontainer.operator.pass.Decision;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;
import top.xtlsoft.stoppablecontainer.operator.pass.Parking;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;
import top.xtlsoft.stoppablecontainer.operator.pass.Problem;

/** Creates and deletes the two pods. */
public final class PodGateway {

  private static final Logger LOG = LoggerFactory.getLogger(PodGateway.class);

  private static final int HTTP_FORBIDDEN = 403;
  private static final int HTTP_UNPROCESSABLE = 422;

  /** By a quota or a limit range, by its rules, or because it can't resize pods at all. */
  private static final Set<Integer> RESIZE_REFUSALS =
      Set.of(
          HttpURLConnection.HTTP_BAD_REQUEST,
          HTTP_FORBIDDEN,
          HttpURLConnection.HTTP_NOT_FOUND,
          HttpURLConnection.HTTP_BAD_METHOD,
          HTTP_UNPROCESSABLE);

  private final KubernetesClient client;
  private final ObjectCreator creator;
  private final ObjectDeleter deleter;
  private final OperatorCaches caches;
  private final InstantSource clock;
  private final ReplacementBackoff backoff = new ReplacementBackoff();

  public PodGateway(KubernetesClient client, OperatorCaches caches, InstantSource clock) {
    this.client = client;
    this.caches = caches;
    this.clock = clock;
    creator = new ObjectCreator(client, ConditionReason.POD_REFUSED);
    deleter = new ObjectDeleter(client);
  }

  /** Carries out {@link Decision.CreateProvider}, unless its ConfigMap could not be created. */
  public Pass createProvider(Pass pass) {
    if (!pass.isOpen()) {
      return pass;
    }
    Pod desired = pass.decided(Decision.CreateProvider.class).desired();
    return create(pass, desired, Observation::withProvider);
  }

  /** Carries out {@link Decision.CreateConsumer}, unless its ConfigMap could not be created. */
  public Pass createConsumer(Pass pass) {
    if (!pass.isOpen()) {
      return pass;
    }
    Pod desired = pass.decided(Decision.CreateConsumer.class).desired();
    return create(pass, desired, Observation::withConsumer);
  }

  /** Carries out {@link Decision.CreateParked}; without that pod the container is stopped, too. */
  public Pass createParked(Pass pass) {
    Pass done =
        pass.isOpen()
            ? create(
                pass,
                pass.decided(Decision.CreateParked.class).desired(),
                Observation::withConsumer)
            : pass;
    return done.problem().map(done::leaveUnparked).orElse(done);
  }

  /** Carries out {@link Decision.ShrinkParked}; the pod waits all the same if it is refused. */
  public Pass shrinkParked(Pass pass) {
    return resize(pass, pass.decided(Decision.ShrinkParked.class).desired())
        .map(why -> pass.leaveUnparked(Parking.kept(why)))
        .orElse(pass);
  }

  /** Carries out {@link Decision.GrowParked}, or deletes the pod if that is refused. */
  public Pass growParked(Pass pass) {
    return resize(pass, pass.decided(Decision.GrowParked.class).desired())
        .map(why -> delete(pass, pass.observed().consumerPod().orElseThrow(), why))
        .orElse(pass);
  }

  /** Changes the resources of the main container in place. Returns why that is refused. */
  private Optional<String> resize(Pass pass, ResourceRequirements desired) {
    Pod seen = pass.observed().consumerPod().orElseThrow();
    Map<String, Object> patch =
        Map.of(
            "metadata",
            Map.of("uid", seen.getMetadata().getUid()),
            "spec",
            Map.of(
                "containers",
                List.of(
                    Map.of(
                        "name",
                        MainContainer.of(seen).orElseThrow().getName(),
                        "resources",
                        desired))));
    try {
      Pod resized =
          client
              .resource(seen)
              .subresource("resize")
              .patch(
                  PatchContext.of(PatchType.STRATEGIC_MERGE),
                  client.getKubernetesSerialization().asJson(patch));
      // A start that is decided before the event of this write must know what the pod has.
      caches.wrote(seen, resized);
      LOG.info(
          "Pod resized: pod={} requests={}", seen.getMetadata().getName(), desired.getRequests());
      return Optional.empty();
    } catch (KubernetesClientException e) {
      if (!RESIZE_REFUSALS.contains(e.getCode())) {
        throw e;
      }
      LOG.info("Pod not resized: pod={} error={}", seen.getMetadata().getName(), e.getMessage());
      return Optional.of("the API server refuses to change it: " + ObjectCreator.serverMessage(e));
    }
  }

  /** Carries out {@link Decision.LabelProvider}. */
  public Pass labelProvider(Pass pass) {
    Decision.LabelProvider decision = pass.decided(Decision.LabelProvider.class);
    Pod seen = pass.observed().provider().orElseThrow();
    ObjectMeta metadata = seen.getMetadata();
    // The UID is a precondition: the API server refuses to change it (409).
    Map<String, Object> patch =
        Map.of(
            "metadata",
            Map.of(
                "uid",
                metadata.getUid(),
                "labels",
                decision.labels(),
                "annotations",
                Map.of(ApiNames.ANNOTATION_WAKE_LABELS, decision.text())));
    try {
      client
          .resource(seen)
          .patch(
              PatchContext.of(PatchType.JSON_MERGE),
              client.getKubernetesSerialization().asJson(patch));
      LOG.info("Pod labelled: pod={} labels={}", metadata.getName(), decision.text());
    } catch (KubernetesClientException e) {
      // A policy of the cluster must not keep the container from its start or its stop.
      if (e.getCode() != HTTP_FORBIDDEN && e.getCode() != HTTP_UNPROCESSABLE) {
        throw e;
      }
      LOG.warn("Pod not labelled: pod={} error={}", metadata.getName(), e.getMessage());
    }
    return pass;
  }

  /** Carries out {@link Decision.DeleteProvider}; an event follows when the pod is gone. */
  public Pass deleteProvider(Pass pass) {
    Pod provider = pass.observed().provider().orElseThrow();
    return delete(pass, provider, pass.decided(Decision.DeleteProvider.class).why());
  }

  /** Carries out {@link Decision.DeleteConsumer}; an event follows when the pod is gone. */
  public Pass deleteConsumer(Pass pass) {
    Pod consumer = pass.observed().consumerPod().orElseThrow();
    return delete(pass, consumer, pass.decided(Decision.DeleteConsumer.class).why());
  }

  /** Carries out {@link Decision.DeletePods}; an event follows when each is gone. */
  public Pass deletePods(Pass pass) {
    Decision.DeletePods decision = pass.decided(Decision.DeletePods.class);
    decision.pods().forEach(pod -> delete(pass, pod, decision.why()));
    return pass;
  }

  /**
   * Carries out {@link Decision.EndConsumer}: kubelet ends all containers of a pod after its
   * deadline, and the pod stays for its logs.
   */
  public Pass endConsumer(Pass pass) {
    String why = pass.decided(Decision.EndConsumer.class).why();
    Pod seen = pass.observed().consumer().orElseThrow();
    ObjectMeta metadata = seen.getMetadata();
    // The UID is a precondition: the API server refuses to change it (409).
    Map<String, Object> patch =
        Map.of(
            "metadata",
            Map.of(
                "uid", metadata.getUid(), "annotations", Map.of(ApiNames.ANNOTATION_ENDED, "true")),
            "spec",
            Map.of("activeDeadlineSeconds", 1));
    client
        .resource(seen)
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            client.getKubernetesSerialization().asJson(patch));
    LOG.info("Pod deadline set: pod={} why={}", metadata.getName(), why);
    return pass;
  }

  /**
   * Takes back what the agent said of a container that has ended: while the agent is away kubelet
   * would take the next one for ready. What the agent says meanwhile counts more (409).
   */
  public Pass takeReadinessBack(Pass pass) {
    Pod seen = pass.observed().consumer().orElseThrow();
    ObjectMeta metadata = seen.getMetadata();
    Map<String, String> condition =
        Map.of(
            "type",
            ApiNames.POD_CONDITION_ATTACHED,
            "status",
            "False",
            "reason",
            AgentReason.ATTACHING.wire(),
            "message",
            AttachedContainer.STARTED_AGAIN,
            "lastTransitionTime",
            clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
    Map<String, Object> patch =
        Map.of(
            "metadata",
            Map.of("uid", metadata.getUid(), "resourceVersion", metadata.getResourceVersion()),
            "status",
            Map.of("conditions", List.of(condition)));
    client
        .resource(seen)
        .subresource("status")
        .patch(
            PatchContext.of(PatchType.STRATEGIC_MERGE),
            client.getKubernetesSerialization().asJson(patch));
    LOG.info("Pod taken for not ready, its container was started again: {}", metadata.getName());
    return pass;
  }

  /**
   * Asks the API server for the pods that the caches lack: a cache can be too old to know a new
   * pod, and the next step must not happen under a running container. A pod that is found joins the
   * observation, and the planner decides again.
   */
  public Pass lookForPods(Pass pass) {
    Observation observed = pass.observed();
    StoppableContainerInstance instance = observed.instance().orElseThrow();
    String name = observed.key().name();
    Observation fresh =
        observed
            .withConsumer(observed.consumerPod().or(() -> find(observed, instance, name)))
            .withProvider(
                observed
                    .provider()
                    .or(() -> find(observed, instance, ApiNames.providerPodName(name))));
    return pass.observe(fresh);
  }

  private Optional<Pod> find(
      Observation observed, StoppableContainerInstance instance, String podName) {
    return Optional.ofNullable(
            client.pods().inNamespace(observed.key().namespace()).withName(podName).get())
        .filter(pod -> ResourceMetadata.isControlledBy(pod, instance));
  }

  private Pass create(
      Pass pass, Pod desired, BiFunction<Observation, Optional<Pod>, Observation> into) {
    Observation observed = pass.observed();
    Optional<Problem> wait = backoff.wait(observed, desired);
    if (wait.isPresent()) {
      return pass.fail(wait.get());
    }
    return switch (creator.create(desired, observed.instance().orElseThrow())) {
      case ObjectCreator.Result.Present<Pod>(var pod, var made) -> {
        caches.created(pod);
        LOG.info(
            made ? "Pod created: pod={}" : "Pod found: pod={}", desired.getMetadata().getName());
        if (made) {
          backoff.made(observed, pod);
        }
        Observation next = into.apply(observed, Optional.of(pod));
        yield made ? pass.made(next) : pass.observe(next);
      }
      case ObjectCreator.Result.Absent<Pod>(var problem) ->
          problem.terminal()
              ? pass.fail(problem).again(InstanceGateway.LOOK_AGAIN)
              : pass.fail(problem);
    };
  }

  private Pass delete(Pass pass, Pod pod, String why) {
    if (deleter.delete(pod)) {
      LOG.info("Pod deletion requested: pod={} why={}", pod.getMetadata().getName(), why);
    }
    return pass;
  }
}
