package top.xtlsoft.stoppablecontainer.operator.kube;

import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
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
import top.xtlsoft.stoppablecontainer.runtime.RecentMap;

/**
 * Counts an event that is recorded already: kubectl shows "x12 over 5m". The API server deletes
 * events after an hour; a counted event starts a new hour. This operator remembers the events that
 * it recorded or counted last, so that one call counts such an event again.
 */
public final class EventSeriesGateway {

  private static final Logger LOG = LoggerFactory.getLogger(EventSeriesGateway.class);

  /** Less than half a MiB. An event that is forgotten costs two more calls. */
  static final int MAX_REMEMBERED = 2048;

  private final KubernetesClient client;
  private final Clock clock;
  private final Map<String, Recorded> recorded = RecentMap.ofMax(MAX_REMEMBERED);

  /** How often an event occurred, and the version of the Event that holds this number. */
  private record Recorded(int count, String resourceVersion) {

    static Recorded of(Event event) {
      // The event itself is the first, so a series begins with two.
      return new Recorded(
          Optional.ofNullable(event.getSeries()).map(EventSeries::getCount).orElse(1),
          event.getMetadata().getResourceVersion());
    }
  }

  public EventSeriesGateway(KubernetesClient client, Clock clock) {
    this.client = client;
    this.clock = clock;
  }

  /**
   * Counts an event that this operator remembers. A failure to count is not an error: the status
   * holds the same information.
   *
   * @return false when the event must be recorded as a new one: this operator does not remember it,
   *     or the API server has deleted it
   */
  public boolean countRemembered(
      @Header(KubernetesConstants.KUBERNETES_NAMESPACE_NAME) String namespace,
      @Header(KubernetesConstants.KUBERNETES_EVENT_NAME) String name) {
    Recorded last = recorded.remove(key(namespace, name));
    if (last == null) {
      return false;
    }
    try {
      raise(namespace, name, last);
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
        return false;
      }
      if (e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
        count(namespace, name);
      } else {
        LOG.warn("Event not counted: event={} error={}", name, FailureText.of(e));
      }
    }
    return true;
  }

  /** Counts an event that any operator recorded. A failure to count is not an error. */
  public void count(
      @Header(KubernetesConstants.KUBERNETES_NAMESPACE_NAME) String namespace,
      @Header(KubernetesConstants.KUBERNETES_EVENT_NAME) String name) {
    try {
      Event event = client.events().v1().events().inNamespace(namespace).withName(name).get();
      if (event == null) {
        LOG.debug("Event not counted, the API server has deleted it: event={}", name);
        return;
      }
      raise(namespace, name, Recorded.of(event));
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND
          || e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
        LOG.debug(
            "Event not counted, it has changed or is gone: event={} error={}",
            name,
            e.getMessage());
      } else {
        LOG.warn("Event not counted: event={} error={}", name, FailureText.of(e));
      }
    }
  }

  /** Remembers an event, as the API server returned it. */
  public void remember(Event event) {
    recorded.put(
        key(event.getMetadata().getNamespace(), event.getMetadata().getName()), Recorded.of(event));
  }

  private void raise(String namespace, String name, Recorded last) {
    Map<String, Object> series =
        Map.of(
            "count",
            last.count() + 1,
            "lastObservedTime",
            EventRecorder.MICRO_TIME.format(clock.instant()));
    Map<String, Object> seen = Map.of("resourceVersion", last.resourceVersion());
    // Patching by a name costs an additional GET.
    Event event =
        new EventBuilder()
            .withNewMetadata()
            .withNamespace(namespace)
            .withName(name)
            .endMetadata()
            .build();
    remember(
        client
            .resource(event)
            .patch(
                PatchContext.of(PatchType.JSON_MERGE),
                Serialization.asJson(Map.of("metadata", seen, "series", series))));
  }

  private static String key(String namespace, String name) {
    return namespace + "/" + name;
  }
}
