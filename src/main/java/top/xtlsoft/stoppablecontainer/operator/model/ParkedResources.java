package top.xtlsoft.stoppablecontainer.operator.model;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.api.MainContainer;

/**
 * The processor and memory of a container whose pod waits: at the start, and while it waits. Only
 * what the template names is ever changed, so an annotation or a field that others write gives a
 * pod no more than its template does.
 *
 * @param full what the template requests
 * @param small what a pod that waits needs; in the same quality-of-service class, which a pod can't
 *     leave
 */
public record ParkedResources(ResourceRequirements full, ResourceRequirements small) {

  /**
   * A program that waits takes no time and less than 2 MiB. Kubelet sets no lower limit of the
   * processor than 10m; a runtime needs some MiB for a session in the container.
   */
  private static final Map<String, Quantity> ENOUGH =
      Map.of("cpu", new Quantity("10m"), "memory", new Quantity("16Mi"));

  private static final String RESTARTS = "RestartContainer";

  /** Those of a template. */
  public static ParkedResources of(NormalizedTemplate template) {
    Optional<ResourceRequirements> named = Optional.ofNullable(template.stoppable().getResources());
    Map<String, Quantity> limits = known(named.map(ResourceRequirements::getLimits));
    // The API server takes a limit for the request that is missing.
    Map<String, Quantity> requests = new HashMap<>(limits);
    requests.putAll(known(named.map(ResourceRequirements::getRequests)));
    Map<String, Quantity> small = new HashMap<>(requests);
    small.replaceAll((resource, request) -> least(request, ENOUGH.get(resource)));
    boolean guaranteed = limits.size() == ENOUGH.size() && isAs(limits, requests);
    return new ParkedResources(of(requests, limits), of(small, guaranteed ? small : limits));
  }

  /** Whether the template has kubelet start a container anew whose resources change. */
  public static boolean isRestartedByChange(NormalizedTemplate template) {
    return template.stoppable().getResizePolicy().stream()
        .anyMatch(policy -> RESTARTS.equals(policy.getRestartPolicy()));
  }

  /** Whether the pod requests what its template does. */
  public boolean isFull(Pod pod) {
    return has(pod, full);
  }

  /** Whether the pod requests less than its template does. */
  public boolean isSmall(Pod pod) {
    return has(pod, small) && !isFull(pod);
  }

  private static boolean has(Pod pod, ResourceRequirements wanted) {
    return MainContainer.of(pod)
        .map(Container::getResources)
        .map(
            now ->
                isAs(wanted.getRequests(), now.getRequests())
                    && isAs(wanted.getLimits(), now.getLimits()))
        .orElse(wanted.getRequests().isEmpty());
  }

  private static boolean isAs(
      Map<String, Quantity> wanted, @Nullable Map<String, Quantity> present) {
    Map<String, Quantity> now = Objects.requireNonNullElse(present, Map.of());
    return wanted.entrySet().stream()
        .allMatch(
            each ->
                now.containsKey(each.getKey())
                    && compare(each.getValue(), now.get(each.getKey())) == 0);
  }

  private static Quantity least(Quantity one, Quantity other) {
    return compare(one, other) <= 0 ? one : other;
  }

  private static int compare(Quantity one, Quantity other) {
    return one.getNumericalAmount().compareTo(other.getNumericalAmount());
  }

  private static Map<String, Quantity> known(Optional<Map<String, Quantity>> all) {
    Map<String, Quantity> known = new HashMap<>(all.orElse(Map.of()));
    known.keySet().retainAll(ENOUGH.keySet());
    return known;
  }

  private static ResourceRequirements of(
      Map<String, Quantity> requests, Map<String, Quantity> limits) {
    return new ResourceRequirementsBuilder().withRequests(requests).withLimits(limits).build();
  }
}
