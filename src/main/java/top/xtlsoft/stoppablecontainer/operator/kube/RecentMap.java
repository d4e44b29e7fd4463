package top.xtlsoft.stoppablecontainer.operator.kube;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Makes maps that are safe for several threads and forget what was not used for longest. */
final class RecentMap {

  private RecentMap() {}

  /** An empty map that holds at most so many. */
  static <V> Map<String, V> ofMost(int most) {
    return Collections.synchronizedMap(
        new LinkedHashMap<>(16, 0.75f, true) {
          private static final long serialVersionUID = 1;

          @Override
          protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
            return size() > most;
          }
        });
  }
}
