package top.xtlsoft.stoppablecontainer.camel.workqueue;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.SequencedSet;

/**
 * Keys in the order in which they are to be handed out. Namespaces take turns, so that one key of a
 * namespace waits for at most one of each other, however many those have; within a namespace the
 * longest waiting comes first. What is only looked at to be sure waits in the background, which has
 * its turn as one more namespace: it neither holds up the others nor is ever held up by them.
 *
 * <p>Not safe for several threads.
 */
final class WaitingKeys {

  /** No name of a namespace. */
  private static final String BACKGROUND = "/";

  private final Map<String, SequencedSet<String>> keysByFlow = new HashMap<>();

  /** Flows with keys, the next one first; one may have lost its keys to {@link #hurry}. */
  private final ArrayDeque<String> turns = new ArrayDeque<>();

  private int size;

  /** Adds a key that does not wait yet. */
  void add(String key) {
    add(flow(key), key);
  }

  /** Adds a key that does not wait yet, and that nobody waits for. */
  void addInBackground(String key) {
    add(BACKGROUND, key);
  }

  /** Takes a key out of the background, if it waits there. */
  void hurry(String key) {
    SequencedSet<String> background = keysByFlow.get(BACKGROUND);
    if (background != null && background.remove(key)) {
      size--;
      add(key);
    }
  }

  /**
   * Removes the next key.
   *
   * @throws java.util.NoSuchElementException if none waits
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
