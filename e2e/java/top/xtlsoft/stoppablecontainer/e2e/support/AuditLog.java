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
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What operator and agents asked for, by the word of the embedded cluster's API server. */
public final class AuditLog {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String POD = "authentication.kubernetes.io/pod-name";
  private static final String DECISION = "authorization.k8s.io/decision";

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
    return requests(pod::equals, since).stream()
        .filter(entry -> !READS.contains(entry.path("verb").asText()))
        .filter(entry -> !NOT_COUNTED.contains(entry.path("objectRef").path("resource").asText()))
        .filter(entry -> code(entry) < 300)
        .map(AuditLog::line)
        .toList();
  }

  /** Rights that the pods of an owner have used since that time. */
  public static SortedSet<Right> used(String owner, Instant since) {
    return requests(isOf(owner), since).stream()
        .map(Right::of)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /**
   * Requests of an owner's pods that RBAC denied. Quotas, policies and terminating namespaces
   * answer permitted requests with the same code.
   */
  public static List<String> forbidden(String owner, Instant since) {
    return requests(isOf(owner), since).stream()
        .filter(entry -> "forbid".equals(entry.path("annotations").path(DECISION).asText()))
        .map(AuditLog::line)
        .toList();
  }

  private static Predicate<String> isOf(String owner) {
    return pod -> pod.startsWith(owner + "-");
  }

  private static List<JsonNode> requests(Predicate<String> pod, Instant since) {
    return logs()
        .flatMap(AuditLog::lines)
        .map(AuditLog::parse)
        .filter(entry -> pod.test(entry.path("user").path("extra").path(POD).path(0).asText()))
        .filter(entry -> !Instant.parse(entry.path("stageTimestamp").asText()).isBefore(since))
        .toList();
  }

  /** The log, and after a time the one before it: "audit-TIME.log". */
  private static Stream<Path> logs() {
    Path folder = Path.of(System.getenv("AUDIT_LOGS"));
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().matches("audit(-.*)?\\.log"))
          .sorted()
          .toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot look into " + folder, e);
    }
  }

  private static Stream<String> lines(Path log) {
    try {
      String text = Files.readString(log);
      // The API server may be in the middle of a line.
      return text.substring(0, text.lastIndexOf('\n') + 1).lines();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + log, e);
    }
  }

  private static int code(JsonNode entry) {
    return entry.path("responseStatus").path("code").asInt();
  }

  private static String line(JsonNode entry) {
    return "%s %s %s: %d"
        .formatted(
            entry.path("stageTimestamp").asText(),
            entry.path("verb").asText(),
            entry.path("requestURI").asText(),
            code(entry));
  }

  private static JsonNode parse(String line) {
    try {
      return JSON.readTree(line);
    } catch (IOException e) {
      throw new UncheckedIOException("not a line of an audit log: " + line, e);
    }
  }
}
