package top.xtlsoft.stoppablecontainer.operator.election;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaderElectionRecord;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.Lock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A lease lock that reports each renewal to the fence. fabric8 uses one period for two things: how
 * often a candidate looks for a free lease and how often the holder renews. A period of one second
 * takes over a released lease soon; this lock skips the renewals of a lease younger than {@link
 * #YOUNG}.
 */
final class FencedLock implements Lock {

  /** Renews every third second; another operator can take the lease after 15 s. */
  static final Duration YOUNG = Duration.ofMillis(2500);

  private final Lock lock;
  private final LeaseFence fence;

  /** The last record this operator wrote while it holds the lease, and the start of that write. */
  private @Nullable LeaderElectionRecord mine;

  private long begun;

  FencedLock(Lock lock, LeaseFence fence) {
    this.lock = lock;
    this.fence = fence;
  }

  @Override
  public synchronized @Nullable LeaderElectionRecord get(KubernetesClient client) {
    return isYoung() ? mine : lock.get(client);
  }

  @Override
  public synchronized void create(KubernetesClient client, LeaderElectionRecord record) {
    write(record, () -> lock.create(client, record));
  }

  @Override
  public synchronized void update(KubernetesClient client, LeaderElectionRecord record) {
    if (isMine(record)) {
      if (!isYoung()) {
        write(record, () -> lock.update(client, record));
      }
    } else {
      giveBack(client, record);
    }
  }

  /** Reads the lease first: the election's record can be older than the last renewal. */
  private void giveBack(KubernetesClient client, LeaderElectionRecord record) {
    mine = null;
    fence.givenBack();
    LeaderElectionRecord now = lock.get(client);
    if (now != null && isMine(now)) {
      lock.update(client, record);
    }
  }

  private void write(LeaderElectionRecord record, Runnable write) {
    long begin = fence.now();
    write.run();
    mine = record;
    begun = begin;
    fence.renewed(begin);
  }

  private boolean isYoung() {
    return mine != null && fence.now() - begun < YOUNG.toNanos();
  }

  private boolean isMine(LeaderElectionRecord record) {
    return identity().equals(record.getHolderIdentity());
  }

  @Override
  public String identity() {
    return lock.identity();
  }

  @Override
  public String describe() {
    return lock.describe();
  }
}
