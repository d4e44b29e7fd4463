package top.xtlsoft.stoppablecontainer.runtime.trace;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.jspecify.annotations.Nullable;

/** State of one traced exchange: its resource and the nodes it is in. */
final class StepTrace {

  private record Begun(String nodeId, long nanos) {}

  private final String key;
  private final long since = System.nanoTime();
  private final Deque<Begun> begun = new ArrayDeque<>();
  private @Nullable Throwable lastFailure;

  StepTrace(String key) {
    this.key = key;
  }

  /** {@code namespace/name} of the resource. */
  String key() {
    return key;
  }

  /** Nanoseconds since the trace began. */
  long age() {
    return System.nanoTime() - since;
  }

  void begin(String nodeId) {
    begun.push(new Begun(nodeId, System.nanoTime()));
  }

  /** The node that is currently processed. */
  Optional<String> innermost() {
    return Optional.ofNullable(begun.peek()).map(Begun::nodeId);
  }

  /** Nanoseconds since the node began; empty if it began before the trace. */
  Optional<Long> end(String nodeId) {
    if (begun.isEmpty() || !begun.peek().nodeId().equals(nodeId)) {
      return Optional.empty();
    }
    return Optional.of(System.nanoTime() - begun.pop().nanos());
  }

  /** A failure that was not returned before: the calling routes see the same failure again. */
  Optional<Throwable> newFailure(Exchange exchange) {
    Throwable failure =
        exchange.getException() != null
            ? exchange.getException()
            : exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class);
    if (failure == null || failure == lastFailure) {
      return Optional.empty();
    }
    lastFailure = failure;
    return Optional.of(failure);
  }
}
