package top.xtlsoft.stoppablecontainer.e2e.support;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What operator and agents wrote, by the word of the embedded cluster's API server. */
public final class AuditLog {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String POD = "authentication.kubernetes.io/pod-name";

  /**
   * Leases are renewed all the time; reviews are asked for by who reads metrics, and kept nowhere.
   */
  private static final Set<String> NOT_COUNTED =
      Set.of("leases", "subjectaccessreviews", "tokenreviews");

  private static final Set<String> READS = Set.of("get", "list", "watch");

  private AuditLog() {}

  /**
   * Writes of a pod that the API server took from then on, leases and reviews apart: "PATCH
   * /apis/...: 200". One that it refused, as of an object that has changed meanwhile, wrote
   * nothing.
   */
  public static List<String> writes(String pod, Instant since) {
    Path log = ClusterEnv.get().nodeRoot().resolve("var/log/audit.log");
    try (Stream<String> lines = Files.lines(log)) {
      return lines
          .map(AuditLog::parse)
          .filter(entry -> entry.path("user").path("extra").path(POD).path(0).asText().equals(pod))
          .filter(entry -> !READS.contains(entry.path("verb").asText()))
          .filter(entry -> !NOT_COUNTED.contains(entry.path("objectRef").path("resource").asText()))
          .filter(entry -> entry.path("responseStatus").path("code").asInt() < 300)
          .filter(entry -> !Instant.parse(entry.path("stageTimestamp").asText()).isBefore(since))
          .map(
              entry ->
                  "%s %s %s: %s"
                      .formatted(
                          entry.path("stageTimestamp").asText(),
                          entry.path("verb").asText(),
                          entry.path("requestURI").asText(),
                          entry.path("responseStatus").path("code").asText()))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + log, e);
    }
  }

  private static JsonNode parse(String line) {
    try {
      return JSON.readTree(line);
    } catch (IOException e) {
      throw new UncheckedIOException("not a line of an audit log: " + line, e);
    }
  }
}
