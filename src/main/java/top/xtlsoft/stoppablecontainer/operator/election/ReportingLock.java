package top.xtlsoft.stoppablecontainer.operator.election;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaderElectionRecord;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.Lock;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.operator.kube.FailureText;

/**
 * A lock that logs the requests for the lease that fail. The election tries again within a second.
 * A busy API server lets one fail now and then, and the lease outlives that: only a failure after
 * another one is a warning. The election itself would warn of each, with its stack.
 */
final class ReportingLock implements Lock {

  private static final Logger LOG = LoggerFactory.getLogger(ReportingLock.class);

  private final Lock lock;
  private final AtomicInteger failedReads = new AtomicInteger();
  private final AtomicInteger failedWrites = new AtomicInteger();

  ReportingLock(Lock lock) {
    this.lock = lock;
  }

  @Override
  public @Nullable LeaderElectionRecord get(KubernetesClient client) {
    return report(failedReads, () -> lock.get(client));
  }

  @Override
  public void create(KubernetesClient client, LeaderElectionRecord record) {
    write(() -> lock.create(client, record));
  }

  @Override
  public void update(KubernetesClient client, LeaderElectionRecord record) {
    write(() -> lock.update(client, record));
  }

  private void write(Runnable write) {
    report(
        failedWrites,
        () -> {
          write.run();
          return true;
        });
  }

  private static <T extends @Nullable Object> T report(
      AtomicInteger failures, Supplier<T> request) {
    try {
      T result = request.get();
      failures.set(0);
      return result;
    } catch (KubernetesClientException e) {
      String error = FailureText.of(e.getCause() == null ? e : e.getCause());
      int count = failures.incrementAndGet();
      if (count == 1) {
        LOG.info("Lease request failed, retrying: error={}", error);
      } else {
        LOG.warn("Lease request failed, retrying: failures={} error={}", count, error);
      }
      throw e;
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
