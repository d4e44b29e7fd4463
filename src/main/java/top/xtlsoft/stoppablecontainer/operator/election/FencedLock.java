package top.xtlsoft.stoppablecontainer.operator.election;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaderElectionRecord;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.Lock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The election's lock, which tells the fence of each renewal. The election asks for the lease and
 * renews it as often as a candidate looks for one, each second, so that one that is given back is
 * taken soon; the holder's own is young enough for some of these seconds.
 */
final class FencedLock implements Lock {

  /** The third of a second each: the others can't take a lease before its fifteenth. */
  static final Duration YOUNG = Duration.ofMillis(2500);

  private final Lock lock;
  private final LeaseFence fence;

  /** What this operator wrote last, while it holds the lease, and when it began to. */
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

  /** The version that is to be written over may be from before the last renewal. */
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
