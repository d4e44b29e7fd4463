package top.xtlsoft.stoppablecontainer.operator.election;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import top.xtlsoft.stoppablecontainer.runtime.apiserver.RequestGuard;

/**
 * Refuses writes when another operator may hold the lease. The election notices a lost lease only
 * at its next period, and a paused process (SIGSTOP, a frozen node) continues where it stopped. So
 * this class checks the age of the lease before each write.
 */
public final class LeaseFence implements RequestGuard {

  private static final long NEVER = Long.MIN_VALUE;

  private final Duration age;
  private final LongSupplier nanoTime;
  private final AtomicLong renewed = new AtomicLong(NEVER);

  /**
   * @param age how long a lease is trusted after its renewal; less than its duration, so that an
   *     allowed request has time to arrive
   */
  LeaseFence(Duration age, LongSupplier nanoTime) {
    this.age = age;
    this.nanoTime = nanoTime;
  }

  /** A fence for {@link LeaderElection}. */
  public LeaseFence() {
    this(LeaderElection.TRUSTED, System::nanoTime);
  }

  /** The current time; a renewal that starts now passes it to {@link #renewed}. */
  long now() {
    return nanoTime.getAsLong();
  }

  /** Records a renewal by a request that started at {@code begin}. */
  void renewed(long begin) {
    renewed.set(begin);
  }

  /** Records that the lease was released. */
  void givenBack() {
    renewed.set(NEVER);
  }

  private boolean isOpen() {
    long last = renewed.get();
    return last != NEVER && nanoTime.getAsLong() - last < age.toNanos();
  }

  /** Refuses all requests but reads and those for leases when the lease is too old. */
  @Override
  public Optional<RuntimeException> refusal(HttpRequest request) {
    return request.method().equals("GET")
            || request.uri().getPath().startsWith("/apis/coordination.k8s.io/")
            || isOpen()
        ? Optional.empty()
        : Optional.of(
            new KubernetesClientException(
                "not sent, another operator may hold the lease: " + request.method()));
  }
}
