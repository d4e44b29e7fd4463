package top.xtlsoft.stoppablecontainer.runtime;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Makes thread-safe maps of a fixed capacity that evict the least recently used entry. */
public final class RecentMap {

  private RecentMap() {}

  /** An empty map that holds at most {@code max} entries. */
  public static <V> Map<String, V> ofMax(int max) {
    return Collections.synchronizedMap(
        new LinkedHashMap<>(16, 0.75f, true) {
          private static final long serialVersionUID = 1;

          @Override
          protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
            return size() > max;
          }
        });
  }
}
