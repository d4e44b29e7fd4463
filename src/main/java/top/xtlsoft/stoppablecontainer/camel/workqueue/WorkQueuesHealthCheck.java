package top.xtlsoft.stoppablecontainer.camel.workqueue;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.camel.CamelContext;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;

/**
 * Live while the work queues move: a worker that hangs at its key is cured by a restart alone.
 * Readiness does not depend on it.
 */
public final class WorkQueuesHealthCheck extends AbstractHealthCheck {

  private final Supplier<CamelContext> camel;

  /**
   * @param camel whose queues they are, once there is one
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
