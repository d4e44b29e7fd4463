package top.xtlsoft.stoppablecontainer.runtime.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.authentication.TokenReviewBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The two review requests on the wire. MetricsE2E asks a real API server. */
@EnableKubernetesMockClient
class AccessReviewsTest {

  private static final String TOKENS = "/apis/authentication.k8s.io/v1/tokenreviews";
  private static final String ACCESS = "/apis/authorization.k8s.io/v1/subjectaccessreviews";

  private KubernetesMockServer server;
  private KubernetesClient client;

  /** Without retries, like the client of the program. */
  private Access review() {
    Config impatient =
        new ConfigBuilder(client.getConfiguration()).withRequestRetryBackoffLimit(0).build();
    try (AccessReviews reviews =
        new AccessReviews(
            new KubernetesClientBuilder().withConfig(impatient).build(), "/the/path")) {
      return reviews.review("abc");
    }
  }

  private void answerTokenReview(boolean authenticated) {
    server
        .expect()
        .post()
        .withPath(TOKENS)
        .andReturn(
            201,
            new TokenReviewBuilder()
                .withNewStatus()
                .withAuthenticated(authenticated)
                .withNewUser()
                .withUsername("who")
                .withGroups("some", "others")
                .endUser()
                .endStatus()
                .build())
        .always();
  }

  private void answerAccessReview(boolean allowed) {
    server
        .expect()
        .post()
        .withPath(ACCESS)
        .andReturn(
            201,
            new SubjectAccessReviewBuilder()
                .withNewStatus()
                .withAllowed(allowed)
                .endStatus()
                .build())
        .always();
  }

  @Test
  void grantsWhatApiServerGrants() throws InterruptedException {
    answerTokenReview(true);
    answerAccessReview(true);
    assertEquals(Access.GRANTED, review());
    assertTrue(server.takeRequest().getBody().readUtf8().contains("\"token\":\"abc\""));
    String question = server.takeRequest().getBody().readUtf8();
    for (String part :
        List.of(
            "\"path\":\"/the/path\"",
            "\"verb\":\"get\"",
            "\"user\":\"who\"",
            "\"groups\":[\"some\",\"others\"]")) {
      assertTrue(question.contains(part), question);
    }
  }

  @Test
  void forbidsWhatApiServerForbids() {
    answerTokenReview(true);
    answerAccessReview(false);
    assertEquals(Access.FORBIDDEN, review());
  }

  @Test
  void rejectsUnknownToken() {
    answerTokenReview(false);
    answerAccessReview(true);
    assertEquals(Access.UNAUTHENTICATED, review());
  }

  @Test
  void grantsNothingWhenTokenReviewFails() {
    server.expect().post().withPath(TOKENS).andReturn(403, "no").always();
    assertEquals(Access.UNAVAILABLE, review());
  }

  @Test
  void grantsNothingWhenAccessReviewFails() {
    answerTokenReview(true);
    server.expect().post().withPath(ACCESS).andReturn(403, "no").always();
    assertEquals(Access.UNAVAILABLE, review());
  }

  @Test
  void grantsNothingWhenApiServerIsUnreachable() {
    server.shutdown();
    assertEquals(Access.UNAVAILABLE, review());
  }
}
