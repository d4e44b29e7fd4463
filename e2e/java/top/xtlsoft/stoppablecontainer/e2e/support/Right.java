package top.xtlsoft.stoppablecontainer.e2e.support;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.RoleRef;
import io.fabric8.kubernetes.api.model.rbac.Subject;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import top.xtlsoft.stoppablecontainer.api.ApiNames;

/**
 * A single RBAC right.
 *
 * @param resource with its subresource and its API group: "pods/status",
 *     "leases.coordination.k8s.io"
 * @param verb the granted verb
 */
public record Right(String resource, String verb) implements Comparable<Right> {

  /** All rights of one of the project's service accounts, from every role bound to it. */
  public static SortedSet<Right> granted(KubernetesClient client, String account) {
    var rbac = client.rbac();
    Stream<RoleRef> everywhere =
        rbac.clusterRoleBindings().list().getItems().stream()
            .filter(binding -> isBound(binding.getSubjects(), account))
            .map(binding -> binding.getRoleRef());
    Stream<PolicyRule> here =
        rbac.roleBindings().inAnyNamespace().list().getItems().stream()
            .filter(binding -> isBound(binding.getSubjects(), account))
            .flatMap(
                binding ->
                    binding.getRoleRef().getKind().equals("ClusterRole")
                        ? ofClusterRole(client, binding.getRoleRef())
                        : rbac
                            .roles()
                            .inNamespace(binding.getMetadata().getNamespace())
                            .withName(binding.getRoleRef().getName())
                            .get()
                            .getRules()
                            .stream());
    return Stream.concat(everywhere.flatMap(role -> ofClusterRole(client, role)), here)
        .flatMap(Right::of)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Stream<PolicyRule> ofClusterRole(KubernetesClient client, RoleRef role) {
    return client.rbac().clusterRoles().withName(role.getName()).get().getRules().stream();
  }

  private static boolean isBound(List<Subject> subjects, String account) {
    return subjects.stream()
        .anyMatch(
            subject ->
                subject.getKind().equals("ServiceAccount")
                    && subject.getName().equals(account)
                    && ApiNames.OPERATOR_NAMESPACE.equals(subject.getNamespace()));
  }

  private static Stream<Right> of(PolicyRule rule) {
    return Stream.concat(
        rule.getNonResourceURLs().stream()
            .flatMap(path -> rule.getVerbs().stream().map(verb -> new Right(path, verb))),
        rule.getApiGroups().stream()
            .flatMap(
                group ->
                    rule.getResources().stream()
                        .map(resource -> name(group, resource))
                        .flatMap(
                            resource ->
                                rule.getVerbs().stream().map(verb -> new Right(resource, verb)))));
  }

  /** The right that a request in the API server's audit log needs. */
  static Right of(JsonNode request) {
    JsonNode object = request.path("objectRef");
    String verb = request.path("verb").asText();
    if (object.isMissingNode()) {
      return new Right(request.path("requestURI").asText(), verb);
    }
    String below = object.path("subresource").asText();
    String resource = object.path("resource").asText() + (below.isEmpty() ? "" : "/" + below);
    return new Right(name(object.path("apiGroup").asText(), resource), verb);
  }

  private static String name(String group, String resource) {
    return group.isEmpty() ? resource : resource + "." + group;
  }

  @Override
  public int compareTo(Right other) {
    return toString().compareTo(other.toString());
  }

  @Override
  public String toString() {
    return verb + " " + resource;
  }
}
