package top.xtlsoft.stoppablecontainer.runtime.trace;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.jspecify.annotations.Nullable;

/** What is known of one traced exchange on its way: whose it is, and which nodes it is in. */
final class StepTrace {

  private record Begun(String nodeId, long nanos) {}

  private final String key;
  private final long since = System.nanoTime();
  private final Deque<Begun> begun = new ArrayDeque<>();
  private @Nullable Throwable told;

  StepTrace(String key) {
    this.key = key;
  }

  /** {@code namespace/name} of the resource. */
  String key() {
    return key;
  }

  /** Nanoseconds that it has been traced for. */
  long age() {
    return System.nanoTime() - since;
  }

  void begin(String nodeId) {
    begun.push(new Begun(nodeId, System.nanoTime()));
  }

  /** The node that is being processed. */
  Optional<String> innermost() {
    return Optional.ofNullable(begun.peek()).map(Begun::nodeId);
  }

  /** Nanoseconds since the node began; empty when it did so before the exchange was traced. */
  Optional<Long> end(String nodeId) {
    if (begun.isEmpty() || !begun.peek().nodeId().equals(nodeId)) {
      return Optional.empty();
    }
    return Optional.of(System.nanoTime() - begun.pop().nanos());
  }

  /** What went wrong, once: routes that call the one where it did see it too. */
  Optional<Throwable> newFailure(Exchange exchange) {
    Throwable failure =
        exchange.getException() != null
            ? exchange.getException()
            : exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class);
    if (failure == null || failure == told) {
      return Optional.empty();
    }
    told = failure;
    return Optional.of(failure);
  }
}
