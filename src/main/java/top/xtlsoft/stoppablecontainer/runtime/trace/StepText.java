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
 * What a trace says of an exchange: ids and decisions. Objects of the API hold what is nobody's
 * business (a container's environment), as do messages of errors that quote them, so only types
 * whose text is made for a log are printed as they are.
 */
public final class StepText {

  /** A decision is a few words. */
  private static final int MAX_CHARS = 300;

  private final Set<Class<?>> printed;

  /**
   * Words for the exchanges of one program.
   *
   * @param printed bodies and exceptions whose own text holds ids and decisions alone
   */
  public StepText(Set<Class<?>> printed) {
    this.printed = printed;
  }

  /** Which key the exchange is handed on with, as it may be that of a pod. */
  String key(Exchange exchange) {
    String key = exchange.getMessage().getHeader(ScHeaders.KEY, String.class);
    Object type = exchange.getMessage().getHeader(ScHeaders.EVENT_TYPE);
    return (key == null ? "" : " " + line(key)) + (type == null ? "" : " " + type);
  }

  /** What the exchange's body decides, if its text is made for a log. */
  Optional<String> decision(Exchange exchange) {
    return Optional.ofNullable(exchange.getMessage().getBody())
        .filter(body -> printed.contains(body.getClass()))
        .map(body -> line(body.toString()));
  }

  /** What a step made of the exchange. */
  String decision(NamedNode node, Exchange exchange) {
    return switch (node) {
      // An endpoint of the route file; with a queue, the key says what was put there.
      case ToDefinition to ->
          " -> " + to.getUri() + (to.getUri().startsWith("direct:") ? "" : key(exchange));
      case SetHeaderDefinition set ->
          " "
              + set.getName()
              + "="
              + line(exchange.getMessage().getHeader(set.getName(), "", String.class));
      // What is decided within is told there.
      case ChoiceDefinition _ -> "";
      case OutputNode _ -> "";
      default -> body(exchange.getMessage().getBody());
    };
  }

  /** What went wrong. */
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

  /** What is to come of the key when its exchange is done. */
  String end(Exchange exchange) {
    if (exchange.isFailed()
        || exchange.getMessage().getHeader(ScHeaders.RETRY, false, Boolean.class)) {
      return ", to be tried again";
    }
    Duration again = exchange.getMessage().getHeader(ScHeaders.REQUEUE_AFTER, Duration.class);
    return again == null ? "" : ", to be looked at again in " + again.toMillis() + " ms";
  }

  /** Steps of error handling belong to no route but the one that is being left. */
  String routeId(NamedNode node, Exchange exchange) {
    String id = CamelContextHelper.getRouteId(node);
    return id != null ? id : routeId(exchange);
  }

  /** The route that the exchange is in. */
  String routeId(Exchange exchange) {
    return String.valueOf(ExchangeHelper.getRouteId(exchange));
  }

  private String body(@Nullable Object body) {
    return switch (body) {
      case null -> " -";
      // A queue's key.
      case String _ -> "";
      case HasMetadata object -> " " + object.getKind() + " " + object.getMetadata().getName();
      case Collection<?> many -> " " + many.size() + " of them";
      case Object other when printed.contains(other.getClass()) -> " " + line(other.toString());
      case Object other -> " " + other.getClass().getSimpleName();
    };
  }

  /** One line, whatever is in it. */
  private static String line(String text) {
    String flat = text.replaceAll("\\p{Cntrl}", " ");
    return flat.length() > MAX_CHARS ? flat.substring(0, MAX_CHARS) + "..." : flat;
  }
}
