package top.xtlsoft.stoppablecontainer.e2e.soak;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * All facts of every file in a root file system, printed by {@code soak.sh}.
 *
 * @param facts by kind of fact and path
 */
record Manifest(SortedMap<String, String> facts) {

  /** Parses the script's output; rejects a truncated output, which would look like a loss. */
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

  /** The differences from another manifest, each with the path and both lines. */
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
