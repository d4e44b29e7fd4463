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
 * Asks the API server for the user of a token and whether this user may {@code get} a path, through
 * TokenReview and SubjectAccessReview.
 *
 * <p>It has its own client: a review changes nothing, so it needs no lease, and it must end before
 * the scraper's own timeout.
 */
final class AccessReviews implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(AccessReviews.class);

  /** Prometheus waits 10 s by default, and an access takes two reviews. */
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(3);

  private final KubernetesClient client;
  private final String path;

  AccessReviews(KubernetesClient client, String path) {
    this.client = client;
    this.path = path;
  }

  /** Reviews access with the API server of the cluster the program runs in. */
  static AccessReviews of(String path) {
    return new AccessReviews(ApiServerClients.impatient(REQUEST_TIMEOUT).build(), path);
  }

  /** Reviews a token with at most two requests. */
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
      LOG.warn("Access review failed, metrics are refused: error={}", e.getMessage());
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
