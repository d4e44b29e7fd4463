package top.xtlsoft.stoppablecontainer.camel.workqueue;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.camel.CamelContext;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;

/**
 * Live while no work queue is stuck: only a restart ends a hanging worker. Not part of readiness.
 */
public final class WorkQueuesHealthCheck extends AbstractHealthCheck {

  private final Supplier<CamelContext> camel;

  /**
   * @param camel the context of the queues, which exists when the check runs
   */
  public WorkQueuesHealthCheck(Supplier<CamelContext> camel) {
    super("stoppablecontainer", "workqueues");
    this.camel = camel;
  }

  @Override
  public boolean isReadiness() {
    return false;
  }

  @Override
  public boolean isLiveness() {
    return true;
  }

  @Override
  protected void doCall(HealthCheckResultBuilder builder, Map<String, Object> options) {
    List<String> stuck = camel.get().getComponent("sc-workqueue", WorkQueueComponent.class).stuck();
    if (stuck.isEmpty()) {
      builder.up();
    } else {
      builder.message("a worker hangs at a key of " + stuck).down();
    }
  }
}
