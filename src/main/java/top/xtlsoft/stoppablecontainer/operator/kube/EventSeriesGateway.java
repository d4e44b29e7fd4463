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
 * Counts an event that was told before instead of telling it again: kubectl shows "x12 over 5m".
 * The API server forgets events after an hour; one that is counted lives on. What this operator
 * told or counted last it remembers, so that one call is enough to count it again.
 */
public final class EventSeriesGateway {

  private static final Logger LOG = LoggerFactory.getLogger(EventSeriesGateway.class);

  /** Less than half a MiB. One that is not remembered any more costs two calls more. */
  static final int MOST_REMEMBERED = 2048;

  private final KubernetesClient client;
  private final Clock clock;
  private final Map<String, Told> told = RecentMap.ofMax(MOST_REMEMBERED);

  /** How often an event was told, as of which version of it. */
  private record Told(int count, String resourceVersion) {

    static Told of(Event event) {
      // The event itself is the first, so a series begins with two.
      return new Told(
          Optional.ofNullable(event.getSeries()).map(EventSeries::getCount).orElse(1),
          event.getMetadata().getResourceVersion());
    }
  }

  public EventSeriesGateway(KubernetesClient client, Clock clock) {
    this.client = client;
    this.clock = clock;
  }

  /**
   * One more of an event that this operator remembers. Not to be told is no reason to fail: the
   * status has it.
   *
   * @return whether that is all: false for one that is not remembered, or that the API server has
   *     forgotten, which is to be told as a new one
   */
  public boolean countRemembered(
      @Header(KubernetesConstants.KUBERNETES_NAMESPACE_NAME) String namespace,
      @Header(KubernetesConstants.KUBERNETES_EVENT_NAME) String name) {
    Told last = told.remove(key(namespace, name));
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
        LOG.warn("An event could not be counted: {}", FailureText.of(e));
      }
    }
    return true;
  }

  /** One more of an event that exists, whoever told it. Not to be told is no reason to fail. */
  public void count(
      @Header(KubernetesConstants.KUBERNETES_NAMESPACE_NAME) String namespace,
      @Header(KubernetesConstants.KUBERNETES_EVENT_NAME) String name) {
    try {
      Event event = client.events().v1().events().inNamespace(namespace).withName(name).get();
      if (event == null) {
        LOG.debug("Event {} was forgotten just now", name);
        return;
      }
      raise(namespace, name, Told.of(event));
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND
          || e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
        LOG.debug("Event {} not counted, it has changed or gone: {}", name, e.getMessage());
      } else {
        LOG.warn("An event could not be counted: {}", FailureText.of(e));
      }
    }
  }

  /** Remembers an event that was told, as the API server answered it. */
  public void remember(Event event) {
    told.put(
        key(event.getMetadata().getNamespace(), event.getMetadata().getName()), Told.of(event));
  }

  private void raise(String namespace, String name, Told last) {
    Map<String, Object> series =
        Map.of(
            "count",
            last.count() + 1,
            "lastObservedTime",
            EventRecorder.MICRO_TIME.format(clock.instant()));
    Map<String, Object> seen = Map.of("resourceVersion", last.resourceVersion());
    // By an object: for a name alone the client asks for the object first.
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
