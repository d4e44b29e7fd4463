package top.xtlsoft.stoppablecontainer.runtime.logs;

import org.slf4j.bridge.SLF4JBridgeHandler;

/** What libraries log by {@code java.util.logging}: gRPC, OpenTelemetry, the JDK. */
public final class JavaLogs {

  private JavaLogs() {}

  /** Has it written with all the rest, in the same form. */
  public static void join() {
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
  }
}
