package top.xtlsoft.stoppablecontainer.agent.request;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.ExchangeException;
import org.apache.camel.ExchangeProperty;
import top.xtlsoft.stoppablecontainer.agent.AgentFailures;

/**
 * What the open requests of pods wait for. A container that is started again asks again, and its
 * pod still has the condition that an earlier container earned.
 */
public final class RequestWaits {

  /** Longer than any wait of a start that goes as it should. */
  static final Duration LONG = Duration.ofSeconds(5);

  private final Map<String, Wait> waits = new ConcurrentHashMap<>();
  private final InstantSource clock;

  private record Wait(String request, String reason, Instant since) {}

  public RequestWaits() {
    this(InstantSource.system());
  }

  RequestWaits(InstantSource clock) {
    this.clock = clock;
  }

  /** Notes why a request could not be answered yet. */
  public void note(
      @ExchangeProperty(RequestProcessor.REQUEST) PodRequest request,
      @ExchangeException Exception reason) {
    Instant now = clock.instant();
    waits.merge(
        request.podKey(),
        new Wait(request.id(), AgentFailures.textOf(reason), now),
        (last, next) ->
            last.request().equals(next.request())
                ? new Wait(next.request(), next.reason(), last.since())
                : next);
  }

  /**
   * Why that request of the pod's was not answered yet.
   *
   * @return empty when it was never held up
   */
  Optional<String> of(String podKey, String request) {
    return Optional.ofNullable(waits.get(podKey))
        .filter(wait -> wait.request().equals(request))
        .map(Wait::reason);
  }

  /** Whether the pod's last request has been held up for so long that people should hear of it. */
  boolean isLong(String podKey) {
    return Optional.ofNullable(waits.get(podKey))
        .filter(wait -> !clock.instant().isBefore(wait.since().plus(LONG)))
        .isPresent();
  }

  /** Forgets what a pod waited for. */
  void forget(String podKey) {
    waits.remove(podKey);
  }
}
