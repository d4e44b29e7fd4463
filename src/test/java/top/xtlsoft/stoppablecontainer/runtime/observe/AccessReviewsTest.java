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

/** The two requests, as they go over the wire. What a real API server answers: MetricsE2E. */
@EnableKubernetesMockClient
class AccessReviewsTest {

  private static final String TOKENS = "/apis/authentication.k8s.io/v1/tokenreviews";
  private static final String ACCESS = "/apis/authorization.k8s.io/v1/subjectaccessreviews";

  private KubernetesMockServer server;
  private KubernetesClient client;

  /** Gives up at once, as the one that the program makes does. */
  private Access review() {
    Config impatient =
        new ConfigBuilder(client.getConfiguration()).withRequestRetryBackoffLimit(0).build();
    try (AccessReviews reviews =
        new AccessReviews(
            new KubernetesClientBuilder().withConfig(impatient).build(), "/the/path")) {
      return reviews.review("abc");
    }
  }

  private void isSomebody(boolean authenticated) {
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

  private void may(boolean allowed) {
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
  void grantsWhatTheApiServerGrants() throws InterruptedException {
    isSomebody(true);
    may(true);
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
  void forbidsWhatTheApiServerForbids() {
    isSomebody(true);
    may(false);
    assertEquals(Access.FORBIDDEN, review());
  }

  @Test
  void knowsNobodyWhomTheApiServerDoesNotKnow() {
    isSomebody(false);
    may(true);
    assertEquals(Access.UNAUTHENTICATED, review());
  }

  @Test
  void grantsNothingWhenTheApiServerFails() {
    server.expect().post().withPath(TOKENS).andReturn(403, "no").always();
    assertEquals(Access.UNAVAILABLE, review());
  }

  @Test
  void grantsNothingWhenTheSecondQuestionFails() {
    isSomebody(true);
    server.expect().post().withPath(ACCESS).andReturn(403, "no").always();
    assertEquals(Access.UNAVAILABLE, review());
  }

  @Test
  void grantsNothingWhenTheApiServerIsAway() {
    server.shutdown();
    assertEquals(Access.UNAVAILABLE, review());
  }
}
