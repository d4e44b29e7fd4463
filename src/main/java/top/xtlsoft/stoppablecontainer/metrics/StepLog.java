package top.xtlsoft.stoppablecontainer.metrics;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.camel.Exchange;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;
import top.xtlsoft.stoppablecontainer.agent.request.PodRequest;
import top.xtlsoft.stoppablecontainer.component.LogKeys;
import top.xtlsoft.stoppablecontainer.reconcile.Pass;

/** Has log lines say in which step they were written, and of which object by its UID. */
public final class StepLog implements RouteHook.Hook {

  private final String step;

  private StepLog(String step) {
    this.step = step;
  }

  /** Steps of the operator, by route. */
  public static Map<String, RouteHook.Hook> ofOperator() {
    return hooks(
        "sc-",
        List.of("validate", "instance", "provider", "consumer", "release", "delete", "status"));
  }

  /** Steps of the agent, by route. */
  public static Map<String, RouteHook.Hook> ofAgent() {
    return hooks(
        "agent-",
        List.of("mount", "attach", "instance", "release", "report-pod", "follow-pod", "orphans"));
  }

  private static Map<String, RouteHook.Hook> hooks(String prefix, List<String> steps) {
    return steps.stream()
        .collect(
            Collectors.toMap(
                step -> prefix + step, (Function<String, RouteHook.Hook>) StepLog::new));
  }

  @Override
  public void began(Exchange exchange) {
    MDC.put(LogKeys.STEP, step);
    switch (exchange.getMessage().getBody()) {
      case Pass pass ->
          pass.observed()
              .resource()
              .ifPresent(resource -> MDC.put(LogKeys.UID, resource.getMetadata().getUid()));
      case PodRequest request -> MDC.put(LogKeys.UID, request.podUid());
      case null, default -> {}
    }
  }

  @Override
  public void done(Exchange exchange, @Nullable Throwable failure) {
    MDC.remove(LogKeys.STEP);
  }
}
