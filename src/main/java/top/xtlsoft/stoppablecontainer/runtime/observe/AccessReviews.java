package top.xtlsoft.stoppablecontainer.runtime.observe;

import io.fabric8.kubernetes.api.model.authentication.TokenReview;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewBuilder;
import io.fabric8.kubernetes.api.model.authentication.UserInfo;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReview;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewSpecBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.runtime.apiserver.ApiServerClients;

/**
 * Asks the API server whose a token is, and whether they may {@code get} a path: the reviews of <a
 * href="https://kubernetes.io/docs/reference/access-authn-authz/">authentication and
 * authorization</a> that are made for servers like this one.
 *
 * <p>It has a client of its own: a review writes nothing, so it waits for no lease, and it is given
 * up while the one who asked still waits.
 */
final class AccessReviews implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(AccessReviews.class);

  /** Prometheus waits 10 s for an answer if it is told nothing else; there are two reviews. */
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(3);

  private final KubernetesClient client;
  private final String path;

  AccessReviews(KubernetesClient client, String path) {
    this.client = client;
    this.path = path;
  }

  /** Reviews by the API server of the cluster that the program runs in. */
  static AccessReviews of(String path) {
    return new AccessReviews(ApiServerClients.impatient(REQUEST_TIMEOUT).build(), path);
  }

  /** Asks; takes two requests at most. */
  Access review(String token) {
    try {
      TokenReview review =
          client
              .tokenReviews()
              .create(new TokenReviewBuilder().withNewSpec().withToken(token).endSpec().build());
      if (!Boolean.TRUE.equals(review.getStatus().getAuthenticated())) {
        return Access.UNAUTHENTICATED;
      }
      return may(review.getStatus().getUser()) ? Access.GRANTED : Access.FORBIDDEN;
    } catch (KubernetesClientException e) {
      LOG.warn(
          "Can't ask the API server who may read metrics, nobody gets them: {}", e.getMessage());
      return Access.UNAVAILABLE;
    }
  }

  private boolean may(UserInfo user) {
    SubjectAccessReviewSpecBuilder subject =
        new SubjectAccessReviewSpecBuilder()
            .withUser(user.getUsername())
            .withUid(user.getUid())
            .withGroups(user.getGroups())
            .withNewNonResourceAttributes()
            .withPath(path)
            .withVerb("get")
            .endNonResourceAttributes();
    Map<String, List<String>> extra = user.getExtra();
    if (extra != null) {
      subject.withExtra(extra);
    }
    SubjectAccessReview review =
        client
            .authorization()
            .v1()
            .subjectAccessReview()
            .create(new SubjectAccessReviewBuilder().withSpec(subject.build()).build());
    return Boolean.TRUE.equals(review.getStatus().getAllowed());
  }

  @Override
  public void close() {
    client.close();
  }
}
