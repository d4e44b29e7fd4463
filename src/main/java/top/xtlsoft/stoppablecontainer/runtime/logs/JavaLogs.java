package top.xtlsoft.stoppablecontainer.runtime.logs;

import org.slf4j.bridge.SLF4JBridgeHandler;

/** Log records of libraries that use {@code java.util.logging}: gRPC, OpenTelemetry, the JDK. */
public final class JavaLogs {

  private JavaLogs() {}

  /** Routes them to SLF4J, so that all lines have the same format. */
  public static void join() {
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
  }
}
