package top.xtlsoft.stoppablecontainer.kube;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaderElectionRecord;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.Lock;
import org.jspecify.annotations.Nullable;

/** The election's lock, which tells the fence of each renewal. */
record FencedLock(Lock lock, LeaseFence fence) implements Lock {

  @Override
  public @Nullable LeaderElectionRecord get(KubernetesClient client) {
    return lock.get(client);
  }

  @Override
  public void create(KubernetesClient client, LeaderElectionRecord record) {
    write(record, () -> lock.create(client, record));
  }

  @Override
  public void update(KubernetesClient client, LeaderElectionRecord record) {
    write(record, () -> lock.update(client, record));
  }

  private void write(LeaderElectionRecord record, Runnable write) {
    long begin = fence.now();
    boolean mine = identity().equals(record.getHolderIdentity());
    if (!mine) {
      fence.givenBack();
    }
    write.run();
    if (mine) {
      fence.renewed(begin);
    }
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
