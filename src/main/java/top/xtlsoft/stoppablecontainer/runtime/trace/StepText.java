package top.xtlsoft.stoppablecontainer.runtime.trace;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import org.apache.camel.Exchange;
import org.apache.camel.NamedNode;
import org.apache.camel.model.ChoiceDefinition;
import org.apache.camel.model.OutputNode;
import org.apache.camel.model.SetHeaderDefinition;
import org.apache.camel.model.ToDefinition;
import org.apache.camel.support.CamelContextHelper;
import org.apache.camel.support.ExchangeHelper;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.camel.ScHeaders;

/**
 * Describes an exchange in a trace by ids and decisions. API objects hold secrets (a container's
 * environment), and so do error messages that quote them. Therefore only types whose text is made
 * for logs are printed in full.
 */
public final class StepText {

  /** A decision is short. */
  private static final int MAX_CHARS = 300;

  private final Set<Class<?>> printed;

  /**
   * Text for the exchanges of one program.
   *
   * @param printed types of bodies and exceptions whose text holds only ids and decisions
   */
  public StepText(Set<Class<?>> printed) {
    this.printed = printed;
  }

  /** The key and event type of the exchange; the key can be that of a pod. */
  String key(Exchange exchange) {
    String key = exchange.getMessage().getHeader(ScHeaders.KEY, String.class);
    Object type = exchange.getMessage().getHeader(ScHeaders.EVENT_TYPE);
    return (key == null ? "" : " " + line(key)) + (type == null ? "" : " " + type);
  }

  /** The decision in the exchange's body, if its type is printed. */
  Optional<String> decision(Exchange exchange) {
    return Optional.ofNullable(exchange.getMessage().getBody())
        .filter(body -> printed.contains(body.getClass()))
        .map(body -> line(body.toString()));
  }

  /** The result of a step. */
  String decision(NamedNode node, Exchange exchange) {
    return switch (node) {
      // For a queue, the key shows what was queued.
      case ToDefinition to ->
          " -> " + to.getUri() + (to.getUri().startsWith("direct:") ? "" : key(exchange));
      case SetHeaderDefinition set ->
          " "
              + set.getName()
              + "="
              + line(exchange.getMessage().getHeader(set.getName(), "", String.class));
      // The steps inside a choice log their own decisions.
      case ChoiceDefinition _ -> "";
      case OutputNode _ -> "";
      default -> body(exchange.getMessage().getBody());
    };
  }

  /** The failure by its type; the message only if the type is printed. */
  String failure(Throwable failure) {
    String name = " failed: " + failure.getClass().getSimpleName();
    if (printed.contains(failure.getClass())) {
      return name + ": " + line(String.valueOf(failure.getMessage()));
    }
    if (failure instanceof KubernetesClientException refused) {
      String reason = refused.getStatus() == null ? null : refused.getStatus().getReason();
      return name + " " + refused.getCode() + (reason == null ? "" : " " + reason);
    }
    return name;
  }

  /** Whether the work queue hands the key out again. */
  String end(Exchange exchange) {
    if (exchange.isFailed()
        || exchange.getMessage().getHeader(ScHeaders.RETRY, false, Boolean.class)) {
      return ", retrying";
    }
    Duration again = exchange.getMessage().getHeader(ScHeaders.REQUEUE_AFTER, Duration.class);
    return again == null ? "" : ", next pass in " + again.toMillis() + " ms";
  }

  /** The node's route; a step of error handling belongs to the route that failed. */
  String routeId(NamedNode node, Exchange exchange) {
    String id = CamelContextHelper.getRouteId(node);
    return id != null ? id : routeId(exchange);
  }

  /** The current route of the exchange. */
  String routeId(Exchange exchange) {
    return String.valueOf(ExchangeHelper.getRouteId(exchange));
  }

  private String body(@Nullable Object body) {
    return switch (body) {
      case null -> " -";
      // A key of a queue: the header shows it.
      case String _ -> "";
      case HasMetadata object -> " " + object.getKind() + " " + object.getMetadata().getName();
      case Collection<?> many -> " " + many.size() + " of them";
      case Object other when printed.contains(other.getClass()) -> " " + line(other.toString());
      case Object other -> " " + other.getClass().getSimpleName();
    };
  }

  /** Makes one short line of any text. */
  private static String line(String text) {
    String flat = text.replaceAll("\\p{Cntrl}", " ");
    return flat.length() > MAX_CHARS ? flat.substring(0, MAX_CHARS) + "..." : flat;
  }
}
