package top.xtlsoft.stoppablecontainer.e2e.soak;

import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Counts what happened, and writes it as a table and as JSON. */
final class SoakReport {

  private final long seed;
  private final int boxes;
  private final long begin = System.nanoTime();
  private final Map<Fault, List<Double>> recoverySeconds = new EnumMap<>(Fault.class);
  private final Map<Fault, Integer> missed = new EnumMap<>(Fault.class);
  private final List<String> losses = new ArrayList<>();
  private final List<String> stuck = new ArrayList<>();
  private final List<String> leftovers = new ArrayList<>();
  private int rounds;
  private int callsServed;
  private int callsCut;

  SoakReport(long seed, int boxes) {
    this.seed = seed;
    this.boxes = boxes;
  }

  void roundDone() {
    rounds++;
  }

  void recovered(Fault fault, Duration time) {
    recoverySeconds.computeIfAbsent(fault, f -> new ArrayList<>()).add(time.toMillis() / 1000.0);
  }

  /** A fault that found nothing to strike, because the last one had taken it already. */
  void missed(Fault fault) {
    missed.merge(fault, 1, Integer::sum);
  }

  /** Connections that have started a container so far: those served, and those that faults cut. */
  void calls(int served, int cut) {
    callsServed = served;
    callsCut = cut;
  }

  void lost(String what) {
    losses.add(what);
  }

  void stuck(String what) {
    stuck.add(what);
  }

  void left(String what) {
    leftovers.add(what);
  }

  boolean clean() {
    return losses.isEmpty() && stuck.isEmpty() && leftovers.isEmpty();
  }

  private double seconds() {
    return (System.nanoTime() - begin) / 1e9;
  }

  /** The table, as Markdown. */
  String table() {
    StringBuilder text = new StringBuilder();
    text.append(
        "%d rounds with %d StoppableContainers in %.0f s, seed %d%n%n"
            .formatted(rounds, boxes, seconds(), seed));
    text.append(
        "losses %d, stuck %d, leftovers %d%n%n"
            .formatted(losses.size(), stuck.size(), leftovers.size()));
    text.append(
        "connections to stopped ones: %d served, %d cut by faults%n%n"
            .formatted(callsServed, callsCut));
    text.append("| fault | times | median recovery (s) | slowest (s) |%n".formatted());
    text.append("| --- | ---: | ---: | ---: |%n".formatted());
    recoverySeconds.forEach(
        (fault, times) ->
            text.append(
                "| %s | %d | %.1f | %.1f |%n"
                    .formatted(fault, times.size(), median(times), Collections.max(times))));
    for (String line : details()) {
      text.append("%n- %s".formatted(line));
    }
    return text.toString();
  }

  private List<String> details() {
    List<String> lines = new ArrayList<>();
    losses.forEach(loss -> lines.add("lost: " + loss));
    stuck.forEach(what -> lines.add("stuck: " + what));
    leftovers.forEach(what -> lines.add("left: " + what));
    return lines;
  }

  private static double median(List<Double> times) {
    return times.stream().sorted().toList().get(times.size() / 2);
  }

  /** Writes report.md and report.json into a folder. */
  void write(Path folder) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("seed", seed);
    json.put("rounds", rounds);
    json.put("stoppableContainers", boxes);
    json.put("durationSeconds", seconds());
    json.put("losses", losses);
    json.put("connectionsServed", callsServed);
    json.put("connectionsCut", callsCut);
    json.put("stuck", stuck);
    json.put("leftovers", leftovers);
    json.put("recoverySeconds", recoverySeconds);
    json.put("foundNothingToStrike", missed);
    try {
      Files.createDirectories(folder);
      Files.writeString(folder.resolve("report.md"), table() + System.lineSeparator());
      Files.writeString(folder.resolve("report.json"), Serialization.asJson(json));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the report", e);
    }
  }
}
