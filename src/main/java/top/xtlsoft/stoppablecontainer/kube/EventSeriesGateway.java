package top.xtlsoft.stoppablecontainer.kube;

import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.events.v1.EventSeries;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.Header;
import org.apache.camel.component.kubernetes.KubernetesConstants;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts an event that was told before instead of telling it again: kubectl shows "x12 over 5m".
 * The API server forgets events after an hour; one that is counted lives on.
 */
public final class EventSeriesGateway {

  private static final Logger LOG = LoggerFactory.getLogger(EventSeriesGateway.class);

  private final KubernetesClient client;
  private final Clock clock;

  public EventSeriesGateway(KubernetesClient client, Clock clock) {
    this.client = client;
    this.clock = clock;
  }

  /** One more of an event that exists. Not to be told is no reason to fail: the status has it. */
  public void count(
      @Header(KubernetesConstants.KUBERNETES_NAMESPACE_NAME) String namespace,
      @Header(KubernetesConstants.KUBERNETES_EVENT_NAME) String name) {
    try {
      Event event = client.events().v1().events().inNamespace(namespace).withName(name).get();
      if (event == null) {
        LOG.debug("Event {} was forgotten just now", name);
        return;
      }
      // The event itself is the first, so a series begins with two.
      int before = Optional.ofNullable(event.getSeries()).map(EventSeries::getCount).orElse(1);
      Map<String, Object> series =
          Map.of(
              "count",
              before + 1,
              "lastObservedTime",
              EventRecorder.MICRO_TIME.format(clock.instant()));
      Map<String, Object> seen =
          Map.of("resourceVersion", event.getMetadata().getResourceVersion());
      // By the object: for a name alone the client asks for the object first.
      client
          .resource(event)
          .patch(
              PatchContext.of(PatchType.JSON_MERGE),
              Serialization.asJson(Map.of("metadata", seen, "series", series)));
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND
          || e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
        LOG.debug("Event {} not counted, it has changed or gone: {}", name, e.getMessage());
      } else {
        LOG.warn("An event could not be counted: {}", e.getMessage());
      }
    }
  }
}
