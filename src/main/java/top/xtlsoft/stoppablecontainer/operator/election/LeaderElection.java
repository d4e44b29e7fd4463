package top.xtlsoft.stoppablecontainer.operator.election;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfigBuilder;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.runtime.apiserver.ApiServerClients;

/**
 * Elects the operator that acts. The cluster service of camel-kubernetes waits for a whole lease
 * duration after it has acquired the lease; this class acts at once and releases the lease when the
 * program ends.
 */
public final class LeaderElection implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LeaderElection.class);

  private static final Duration LEASE = Duration.ofSeconds(15);
  private static final Duration RENEW_DEADLINE = Duration.ofSeconds(10);

  /**
   * How often the holder checks the lease; {@link FencedLock} renews it every third time. A
   * candidate checks after 1 to 2.2 periods.
   */
  private static final Duration RETRY_PERIOD = Duration.ofSeconds(1);

  /** How long a lease is trusted after its renewal: node clocks differ, requests take time. */
  static final Duration TRUSTED = LEASE.minusSeconds(3);

  /** Leaves time for a second request when the first one used a dead connection. */
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(3);

  private final KubernetesClient client = ApiServerClients.impatient(REQUEST_TIMEOUT).build();
  private final String namespace;
  private final String identity;
  private final LeaseFence fence;
  private volatile boolean closing;
  private CompletableFuture<?> running = CompletableFuture.completedFuture(null);

  /**
   * @param namespace namespace of the Lease
   * @param identity name of this candidate
   * @param fence fence of the writing client: open while this candidate leads
   */
  public LeaderElection(String namespace, String identity, LeaseFence fence) {
    this.namespace = namespace;
    this.identity = identity;
    this.fence = fence;
  }

  /**
   * Joins the election.
   *
   * @param onLead called when this candidate becomes the leader
   * @param onLost called when it loses the lease, but not after {@link #close}
   */
  public void start(Runnable onLead, Runnable onLost) {
    running =
        client
            .leaderElector()
            .withConfig(
                new LeaderElectionConfigBuilder()
                    .withName(ApiNames.OPERATOR_NAME)
                    .withLock(
                        new ReportingLock(
                            new FencedLock(
                                new LeaseLock(namespace, ApiNames.OPERATOR_NAME, identity), fence)))
                    .withLeaseDuration(LEASE)
                    .withRenewDeadline(RENEW_DEADLINE)
                    .withRetryPeriod(RETRY_PERIOD)
                    .withReleaseOnCancel()
                    .withLeaderCallbacks(
                        new LeaderCallbacks(
                            onLead,
                            () -> {
                              if (!closing) {
                                onLost.run();
                              }
                            },
                            leader -> LOG.info("Leader elected: leader={}", leader)))
                    .build())
            .build()
            .start();
  }

  /** Releases the lease, so that a successor need not wait for it to expire. */
  @Override
  public void close() {
    closing = true;
    running.cancel(true);
    client.close();
  }
}
