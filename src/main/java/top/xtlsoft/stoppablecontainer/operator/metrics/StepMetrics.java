package top.xtlsoft.stoppablecontainer.operator.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;
import top.xtlsoft.stoppablecontainer.runtime.routes.RouteHook;

/** Counts the steps of the operator's passes by result. */
public final class StepMetrics {

  private static final String ROUTE = "sc-";

  private final MeterRegistry registry;

  public StepMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  /** Hooks by route id: a step has its route's id without the prefix. */
  public Map<String, RouteHook.Hook> hooks() {
    return Stream.of("validate", "instance", "provider", "consumer", "release", "park", "delete")
        .collect(Collectors.toMap(step -> ROUTE + step, Step::new));
  }

  /** Counts one step; each result, one of the decisions, has its own counter. */
  private final class Step implements RouteHook.Hook {

    private final String step;

    Step(String step) {
      this.step = step;
    }

    @Override
    public void done(Exchange exchange, @Nullable Throwable failure) {
      count(step, failure == null ? result(exchange) : "failed");
    }

    private static String result(Exchange exchange) {
      return exchange.getMessage().getBody() instanceof Pass pass ? pass.verb() : "nothing";
    }
  }

  private void count(String step, String result) {
    Counter.builder("stoppablecontainer.reconcile.steps")
        .description("Steps of passes over one StoppableContainer, by what was decided and done.")
        .tag("step", step)
        .tag("result", result)
        .register(registry)
        .increment();
  }
}
