package top.xtlsoft.stoppablecontainer.agent;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.ExchangeException;
import org.apache.camel.ExchangeProperty;

/**
 * What the open requests of pods wait for. A container that is started again asks again, and its
 * pod still has the condition that an earlier container earned.
 */
public final class RequestWaits {

  private final Map<String, Wait> waits = new ConcurrentHashMap<>();

  private record Wait(String request, String reason) {}

  /** Notes why a request could not be answered yet. */
  public void note(
      @ExchangeProperty(RequestProcessor.REQUEST) PodRequest request,
      @ExchangeException Exception reason) {
    waits.put(request.podKey(), new Wait(request.id(), String.valueOf(reason.getMessage())));
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

  /** Forgets what a pod waited for. */
  void forget(String podKey) {
    waits.remove(podKey);
  }
}
