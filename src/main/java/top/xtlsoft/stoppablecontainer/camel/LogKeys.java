package top.xtlsoft.stoppablecontainer.camel;

import java.util.Map;
import org.slf4j.MDC;

/** MDC keys of log lines. */
public final class LogKeys {

  public static final String NAMESPACE = "sc.namespace";
  public static final String NAME = "sc.name";

  /** UID of the StoppableContainer; in the agent, of the requesting pod. */
  public static final String UID = "sc.uid";

  /** The current step: a route's id without its prefix. */
  public static final String STEP = "sc.step";

  private LogKeys() {}

  /** Sets namespace and name from a key {@code namespace/name} for this thread. */
  public static void put(String key) {
    int slash = key.indexOf('/');
    if (slash >= 0) {
      MDC.put(NAMESPACE, key.substring(0, slash));
    }
    MDC.put(NAME, key.substring(slash + 1));
  }

  /**
   * Sets namespace and name and removes all other MDC keys of this thread; closing restores them.
   */
  public static Scope of(String key) {
    Map<String, String> before = MDC.getCopyOfContextMap();
    MDC.clear();
    put(key);
    return () -> MDC.setContextMap(before == null ? Map.of() : before);
  }

  /** Restores the previous MDC keys; throws nothing. */
  @FunctionalInterface
  public interface Scope extends AutoCloseable {
    @Override
    void close();
  }
}
