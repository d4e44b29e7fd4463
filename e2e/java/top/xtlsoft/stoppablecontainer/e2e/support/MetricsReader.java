package top.xtlsoft.stoppablecontainer.e2e.support;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBinding;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.LocalPortForward;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.ThreadLocalRandom;
import top.xtlsoft.stoppablecontainer.api.ApiNames;

/**
 * A reader of metrics, set up like a Prometheus: a service account with the deployed role. It uses
 * a forwarded port, because the API server's proxy to pods does not forward a token.
 */
public final class MetricsReader implements AutoCloseable {

  private static final int PORT = 8081;

  private final KubernetesClient client;
  private final ServiceAccount account;
  private final ClusterRoleBinding binding;
  private final String token;
  private final HttpClient http = HttpClient.newHttpClient();

  private MetricsReader(
      KubernetesClient client, ServiceAccount account, ClusterRoleBinding binding) {
    this.client = client;
    this.account = account;
    this.binding = binding;
    this.token =
        client
            .serviceAccounts()
            .resource(account)
            .tokenRequest(new TokenRequestBuilder().withNewSpec().endSpec().build())
            .getStatus()
            .getToken();
  }

  /** Creates a reader; {@link #close} deletes it. */
  public static MetricsReader create(KubernetesClient client) {
    String name = "sc-e2e-metrics-%08x".formatted(ThreadLocalRandom.current().nextInt());
    ServiceAccount account =
        client
            .resource(
                new ServiceAccountBuilder()
                    .withNewMetadata()
                    .withName(name)
                    .withNamespace(ApiNames.OPERATOR_NAMESPACE)
                    .endMetadata()
                    .build())
            .create();
    ClusterRoleBinding binding =
        client
            .resource(
                new ClusterRoleBindingBuilder()
                    .withNewMetadata()
                    .withName(name)
                    .endMetadata()
                    .withNewRoleRef(
                        "rbac.authorization.k8s.io",
                        "ClusterRole",
                        "stoppablecontainer-metrics-reader")
                    .addNewSubject()
                    .withKind("ServiceAccount")
                    .withName(name)
                    .withNamespace(ApiNames.OPERATOR_NAMESPACE)
                    .endSubject()
                    .build())
            .create();
    return new MetricsReader(client, account, binding);
  }

  /** Its token. */
  public String token() {
    return token;
  }

  /** All metrics of a pod of operator or agent, as Prometheus gets them. */
  public String read(Pod pod) {
    try (LocalPortForward forward = client.pods().resource(pod).portForward(PORT)) {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(
                      URI.create("http://localhost:" + forward.getLocalPort() + "/observe/metrics"))
                  .header("Authorization", "Bearer " + token)
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        throw new AssertionError(
            "metrics of " + pod.getMetadata().getName() + ": " + answer.statusCode());
      }
      return answer.body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    client.resource(binding).delete();
    client.resource(account).delete();
    http.close();
  }
}
