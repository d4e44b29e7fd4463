package top.xtlsoft.stoppablecontainer.camel.informer;

import java.util.Map;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;

/**
 * Ready while every informer has listed and watches. Not part of liveness: a restart of this
 * program does not bring back an unreachable API server.
 */
public final class InformersHealthCheck extends AbstractHealthCheck {

  private final InformerGroup informers;

  public InformersHealthCheck(InformerGroup informers) {
    super("stoppablecontainer", "informers");
    this.informers = informers;
  }

  @Override
  public boolean isLiveness() {
    return false;
  }

  @Override
  protected void doCall(HealthCheckResultBuilder builder, Map<String, Object> options) {
    if (informers.isHealthy()) {
      builder.up();
    } else {
      builder.message("an informer does not watch").down();
    }
  }
}
