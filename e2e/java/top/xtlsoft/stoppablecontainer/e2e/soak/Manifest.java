package top.xtlsoft.stoppablecontainer.e2e.soak;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * All that can be told of every file of a root file system, as {@code soak.sh} prints it.
 *
 * @param facts by kind of fact and path
 */
record Manifest(SortedMap<String, String> facts) {

  /**
   * Reads the script's output; one that was cut off is refused, so that it can't pass for a loss.
   */
  static Manifest parse(String output) {
    SortedMap<String, String> facts = new TreeMap<>();
    List<String> lines = output.lines().toList();
    if (lines.isEmpty() || !lines.getLast().equals("end")) {
      throw new IllegalStateException("the manifest was cut off after " + lines.size() + " lines");
    }
    for (String line : lines.subList(0, lines.size() - 1)) {
      String[] parts = line.split("\t", 3);
      if (parts.length != 3) {
        throw new IllegalStateException("not a line of a manifest: " + line);
      }
      facts.put(parts[0] + " " + parts[1], parts[2]);
    }
    return new Manifest(facts);
  }

  /** What differs from what was, a text for each: path and both lines. */
  List<String> lossesSince(Manifest before) {
    TreeSet<String> keys = new TreeSet<>(facts.keySet());
    keys.addAll(before.facts.keySet());
    List<String> losses = new ArrayList<>();
    for (String key : keys) {
      String was = before.facts.getOrDefault(key, "not there");
      String is = facts.getOrDefault(key, "not there");
      if (!was.equals(is)) {
        losses.add("%s%n    was: %s%n    is:  %s".formatted(key, was, is));
      }
    }
    return losses;
  }

  boolean hasTree() {
    return facts.containsKey("stat /soak");
  }
}
