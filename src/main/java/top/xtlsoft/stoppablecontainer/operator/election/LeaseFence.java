package top.xtlsoft.stoppablecontainer.operator.election;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import top.xtlsoft.stoppablecontainer.runtime.apiserver.RequestGuard;

/**
 * Lets nothing be written once the lease may have another holder. The election itself notices a
 * lost lease at its next turn only, and a process that was stopped for a while (SIGSTOP, a frozen
 * node) goes on where it was: this looks at the lease's age before each write.
 */
public final class LeaseFence implements RequestGuard {

  private static final long NEVER = Long.MIN_VALUE;

  private final Duration age;
  private final LongSupplier nanoTime;
  private final AtomicLong renewed = new AtomicLong(NEVER);

  /**
   * @param age how long after its last renewal a lease is trusted; less than it lasts, so that what
   *     was let through has time to arrive
   */
  LeaseFence(Duration age, LongSupplier nanoTime) {
    this.age = age;
    this.nanoTime = nanoTime;
  }

  /** A fence for {@link LeaderElection}. */
  public LeaseFence() {
    this(LeaderElection.TRUSTED, System::nanoTime);
  }

  /** Now, to be handed to {@link #renewed} when what begins now has renewed the lease. */
  long now() {
    return nanoTime.getAsLong();
  }

  /** The lease was renewed by a request that began then. */
  void renewed(long begin) {
    renewed.set(begin);
  }

  /** The lease was given back. */
  void givenBack() {
    renewed.set(NEVER);
  }

  private boolean isOpen() {
    long last = renewed.get();
    return last != NEVER && nanoTime.getAsLong() - last < age.toNanos();
  }

  /** Refuses what would change anything but the lease itself, when the lease is too old. */
  @Override
  public Optional<RuntimeException> refusal(HttpRequest request) {
    return request.method().equals("GET")
            || request.uri().getPath().startsWith("/apis/coordination.k8s.io/")
            || isOpen()
        ? Optional.empty()
        : Optional.of(
            new KubernetesClientException(
                "not sent, the lease may be another operator's by now: " + request.method()));
  }
}
