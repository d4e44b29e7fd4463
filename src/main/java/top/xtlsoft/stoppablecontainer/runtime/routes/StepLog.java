package top.xtlsoft.stoppablecontainer.runtime.routes;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.camel.Exchange;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;
import top.xtlsoft.stoppablecontainer.camel.LogKeys;

/** Adds to log lines the step that writes them, and the UID of the object that it works on. */
public final class StepLog implements RouteHook.Hook {

  private final String step;
  private final Function<Object, Optional<String>> uidOf;

  private StepLog(String step, Function<Object, Optional<String>> uidOf) {
    this.step = step;
    this.uidOf = uidOf;
  }

  /**
   * One hook for each step, by route id.
   *
   * @param prefix what a program's route ids begin with
   * @param steps route ids without the prefix
   * @param uidOf UID of the object that a route's body is about, if it is about one
   */
  public static Map<String, RouteHook.Hook> of(
      String prefix, List<String> steps, Function<Object, Optional<String>> uidOf) {
    return steps.stream()
        .collect(Collectors.toMap(step -> prefix + step, step -> new StepLog(step, uidOf)));
  }

  @Override
  public void began(Exchange exchange) {
    MDC.put(LogKeys.STEP, step);
    Optional.ofNullable(exchange.getMessage().getBody())
        .flatMap(uidOf)
        .ifPresent(uid -> MDC.put(LogKeys.UID, uid));
  }

  @Override
  public void done(Exchange exchange, @Nullable Throwable failure) {
    MDC.remove(LogKeys.STEP);
  }
}
