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

/** Adds the step and the UID of its object to log lines (MDC). */
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
   * @param prefix prefix of the program's route ids
   * @param steps route ids without the prefix
   * @param uidOf UID of the object in a route's body, if there is one
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
