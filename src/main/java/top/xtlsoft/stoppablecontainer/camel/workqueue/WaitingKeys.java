package top.xtlsoft.stoppablecontainer.camel.workqueue;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.SequencedSet;

/**
 * Waiting keys in the order of their hand-out. Namespaces take turns, so that the first key of a
 * namespace waits for at most one key of each other namespace; within a namespace the order is
 * first in, first out. Background keys (periodic checks) take turns as one more namespace: they
 * neither delay the other namespaces nor starve.
 *
 * <p>Not thread-safe.
 */
final class WaitingKeys {

  /** Can't be the name of a namespace. */
  private static final String BACKGROUND = "/";

  private final Map<String, SequencedSet<String>> keysByFlow = new HashMap<>();

  /** Flows with keys, the next one first; {@link #hurry} may have emptied one. */
  private final ArrayDeque<String> turns = new ArrayDeque<>();

  private int size;

  /** Adds a key that is not waiting. */
  void add(String key) {
    add(flow(key), key);
  }

  /** Adds a key that is not waiting to the background. */
  void addInBackground(String key) {
    add(BACKGROUND, key);
  }

  /** Moves a key from the background to its namespace, if it waits there. */
  void hurry(String key) {
    SequencedSet<String> background = keysByFlow.get(BACKGROUND);
    if (background != null && background.remove(key)) {
      size--;
      add(key);
    }
  }

  /**
   * Removes and returns the next key.
   *
   * @throws java.util.NoSuchElementException if no key waits
   */
  String remove() {
    while (true) {
      String flow = turns.remove();
      SequencedSet<String> keys = keysByFlow.get(flow);
      if (keys.isEmpty()) {
        keysByFlow.remove(flow);
        continue;
      }
      String key = keys.removeFirst();
      size--;
      if (keys.isEmpty()) {
        keysByFlow.remove(flow);
      } else {
        turns.add(flow);
      }
      return key;
    }
  }

  int size() {
    return size;
  }

  void clear() {
    keysByFlow.clear();
    turns.clear();
    size = 0;
  }

  private void add(String flow, String key) {
    SequencedSet<String> keys = keysByFlow.get(flow);
    if (keys == null) {
      keys = new LinkedHashSet<>();
      keysByFlow.put(flow, keys);
      turns.add(flow);
    }
    if (keys.add(key)) {
      size++;
    }
  }

  private static String flow(String key) {
    int slash = key.indexOf('/');
    return slash < 0 ? "" : key.substring(0, slash);
  }
}
