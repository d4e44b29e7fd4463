package top.xtlsoft.stoppablecontainer.runtime.trace;

import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.MainListenerSupport;

/** Installs a program's {@link StepTracer}; needs {@code camel.main.tracing-standby}. */
public final class Tracing extends MainListenerSupport {

  private final StepTracer tracer;

  public Tracing(StepTracer tracer) {
    this.tracer = tracer;
  }

  @Override
  public void beforeInitialize(BaseMainSupport starting) {
    starting.getCamelContext().setTracer(tracer);
  }
}
