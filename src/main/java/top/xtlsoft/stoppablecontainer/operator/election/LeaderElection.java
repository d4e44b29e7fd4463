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
 * Lets one operator act at a time. camel-kubernetes has a cluster service for that, which waits a
 * whole lease after it has acquired one; this one acts at once, and gives the lease back when it
 * ends.
 */
public final class LeaderElection implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LeaderElection.class);

  private static final Duration LEASE = Duration.ofSeconds(15);
  private static final Duration RENEW_DEADLINE = Duration.ofSeconds(10);

  /**
   * How often the holder looks after it, which {@link FencedLock} has renewed every third time; a
   * candidate looks after one to 2.2 of it.
   */
  private static final Duration RETRY_PERIOD = Duration.ofSeconds(1);

  /** How long after its renewal a lease is trusted: clocks of nodes differ, requests take time. */
  static final Duration TRUSTED = LEASE.minusSeconds(3);

  /** A request over a dead connection must leave time for another one. */
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
   * @param fence of the client that writes: open while this one leads
   */
  public LeaderElection(String namespace, String identity, LeaseFence fence) {
    this.namespace = namespace;
    this.identity = identity;
    this.fence = fence;
  }

  /**
   * Takes part from now on.
   *
   * @param onLead called when this one leads
   * @param onLost called when it led and does not any more, other than by {@link #close}
   */
  public void start(Runnable onLead, Runnable onLost) {
    running =
        client
            .leaderElector()
            .withConfig(
                new LeaderElectionConfigBuilder()
                    .withName(ApiNames.OPERATOR_NAME)
                    .withLock(
                        new FencedLock(
                            new LeaseLock(namespace, ApiNames.OPERATOR_NAME, identity), fence))
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
                            leader -> LOG.info("The leader is {}", leader)))
                    .build())
            .build()
            .start();
  }

  /** Gives the lease back, so that a successor need not wait for its end. */
  @Override
  public void close() {
    closing = true;
    running.cancel(true);
    client.close();
  }
}
