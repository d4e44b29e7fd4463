package top.xtlsoft.stoppablecontainer.camel;

import java.util.Map;
import org.slf4j.MDC;

/** Keys that log lines carry beside their sentence (MDC). */
public final class LogKeys {

  public static final String NAMESPACE = "sc.namespace";
  public static final String NAME = "sc.name";

  /** UID of the StoppableContainer, or in the agent of the pod that asks. */
  public static final String UID = "sc.uid";

  /** What was being done: a route's id without its prefix. */
  public static final String STEP = "sc.step";

  private LogKeys() {}

  /** Sets namespace and name from a key {@code namespace/name} on this thread. */
  public static void put(String key) {
    int slash = key.indexOf('/');
    if (slash >= 0) {
      MDC.put(NAMESPACE, key.substring(0, slash));
    }
    MDC.put(NAME, key.substring(slash + 1));
  }

  /**
   * Sets these two and takes all others away until it is closed, which brings back what this thread
   * had before.
   */
  public static Scope of(String key) {
    Map<String, String> before = MDC.getCopyOfContextMap();
    MDC.clear();
    put(key);
    return () -> MDC.setContextMap(before == null ? Map.of() : before);
  }

  /** Closed without fail. */
  @FunctionalInterface
  public interface Scope extends AutoCloseable {
    @Override
    void close();
  }
}
