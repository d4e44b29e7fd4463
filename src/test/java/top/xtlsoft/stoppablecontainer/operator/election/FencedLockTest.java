package top.xtlsoft.stoppablecontainer.operator.election;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaderElectionRecord;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import top.xtlsoft.stoppablecontainer.runtime.apiserver.ApiServerClients;

@EnableKubernetesMockClient(crud = true)
class FencedLockTest {

  private static final ZonedDateTime START =
      ZonedDateTime.of(2026, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);

  private final AtomicLong nanoTime = new AtomicLong();
  private final LeaseFence fence = new LeaseFence(Duration.ofSeconds(12), nanoTime::get);
  private final FencedLock lock = new FencedLock(new LeaseLock("ns", "lease", "me"), fence);

  private KubernetesMockServer server;
  private KubernetesClient client;

  @BeforeEach
  void acquire() {
    lock.create(client, record("me", 0));
  }

  private static LeaderElectionRecord record(String holder, int seconds) {
    ZonedDateTime now = START.plusSeconds(seconds);
    return new LeaderElectionRecord(holder, Duration.ofSeconds(15), now, now, 0);
  }

  /** The record that the election writes at its end. */
  private static LeaderElectionRecord givenBack() {
    return new LeaderElectionRecord(null, Duration.ofSeconds(1), START, START, 0);
  }

  /** Runs the election's check at this second. */
  private void renewAt(int seconds) {
    nanoTime.set(Duration.ofSeconds(seconds).toNanos());
    LeaderElectionRecord old = lock.get(client);
    assertEquals("me", old.getHolderIdentity());
    lock.update(client, record("me", seconds));
  }

  private Lease stored() {
    return client.leases().inNamespace("ns").withName("lease").get();
  }

  private int calls(Executable act) {
    int before = server.getRequestCount();
    try {
      act.execute();
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    return server.getRequestCount() - before;
  }

  @Test
  void skipsRenewalOfYoungLease() {
    assertEquals(0, calls(() -> renewAt(1)));
    assertEquals(0, calls(() -> renewAt(2)));
    assertEquals(START, stored().getSpec().getRenewTime());
  }

  @Test
  void renewsOlderLease() {
    renewAt(2);
    renewAt(3);
    assertEquals(START.plusSeconds(3), stored().getSpec().getRenewTime());
    assertEquals(0, calls(() -> renewAt(5)));
    renewAt(6);
    assertEquals(START.plusSeconds(6), stored().getSpec().getRenewTime());
  }

  @Test
  void onlySuccessfulWriteOpensFence() {
    renewAt(2);
    nanoTime.set(Duration.ofSeconds(13).toNanos());
    assertTrue(isClosed());
    renewAt(13);
    assertFalse(isClosed());
  }

  /** The lease has a newer version than the election has read. */
  @Test
  void releasesLeaseAfterRenewal() {
    renewAt(3);
    lock.update(client, givenBack());
    // The mock API server can't remove the holder by a merge patch.
    assertEquals(1, stored().getSpec().getLeaseDurationSeconds());
    assertTrue(isClosed());
  }

  @Test
  void releaseKeepsLeaseOfAnotherHolder() {
    client
        .leases()
        .inNamespace("ns")
        .withName("lease")
        .edit(
            lease -> {
              lease.getSpec().setHolderIdentity("other");
              return lease;
            });
    lock.update(client, givenBack());
    assertEquals(15, stored().getSpec().getLeaseDurationSeconds());
    assertEquals("other", stored().getSpec().getHolderIdentity());
  }

  @Test
  void noticesNewHolder() {
    client
        .leases()
        .inNamespace("ns")
        .withName("lease")
        .edit(
            lease -> {
              lease.getSpec().setHolderIdentity("other");
              return lease;
            });
    nanoTime.set(Duration.ofSeconds(3).toNanos());
    assertEquals("other", lock.get(client).getHolderIdentity());
  }

  private boolean isClosed() {
    try (KubernetesClient fenced =
        ApiServerClients.guarded(client.getConfiguration(), fence).build()) {
      fenced.configMaps().inNamespace("ns").withName("none").delete();
      return false;
    } catch (KubernetesClientException e) {
      return true;
    }
  }
}
