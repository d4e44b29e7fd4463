package top.xtlsoft.stoppablecontainer.e2e.support;

import static java.util.Map.entry;

import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Commands of the pages that no test types, each with the reason. Keep this list short. */
public final class DocExceptions {

  private static final String MEASURES = "measures for minutes to hours; its tools have unit tests";
  private static final String NESTED = "runs these very tests";

  /** Targets of make that neither a test nor make verify makes, by reason. */
  private static final Map<String, String> TARGETS =
      Map.ofEntries(
          entry("bench", MEASURES),
          entry("bench-growth", MEASURES),
          entry("cluster-power-off", "the tests with power cuts call the same script"),
          entry("docker-push", "needs a registry of one's own"),
          entry("early-execs", "its test is in make verify, with three rounds"),
          entry("format", "changes the sources; make lint says whether it would"),
          entry("fuzz", "takes a minute for each parser; what it found is tried in each make test"),
          entry("reliability", "its tests are in make verify, with fewer rounds"),
          entry("release", "builds all images once more; ReleaseTest has what is its own"),
          entry("reproducible", "builds a release twice, from nothing"),
          entry("sbom", "asks Debian's package database, which not each machine has"),
          entry("scan", "needs a database of vulnerabilities"),
          entry("soak", "its test is in make verify, with ten rounds"),
          entry(
              "test-sanitize", "makes other builds of the programs; its tests are in make verify"),
          entry("test", NESTED),
          entry("test-nodes", NESTED),
          entry("test-vm", NESTED),
          entry("verify", NESTED),
          entry("verify-nodes", NESTED),
          entry("vm-up", "make test-vm boots the machine that the tests run on"),
          entry("wakes", "is WakeE2E again and again"));

  /** Other commands, in the form of {@link DocCommand#text}. */
  private static final Map<String, String> COMMANDS =
      Map.ofEntries(
          entry("hack/mvn test -Dtest=NameTest", NESTED),
          entry("hack/version set 0.1.0", "changes the sources; ReleaseTest reads what it wrote"),
          entry(
              "hack/mvn -q -Pe2e test-compile failsafe:integration-test failsafe:verify"
                  + " -Dit.test='LifecycleE2E#keepsItsFiles*'",
              NESTED),
          entry(
              "make cluster-up docker-build docker-build-mount-helper deploy deploy-daemonset"
                  + " test-e2e cluster-down CLUSTER=k3s",
              "needs a Docker"),
          entry("kubectl exec POD -- /.sc-bin/sc-exec CMD", "ExecE2E runs commands this way"),
          entry("kubectl get events", "OrphansE2E reads events through the API"),
          entry(
              "kubectl delete stoppablecontainer NAME --cascade=orphan",
              "OrphanE2E deletes one this way"),
          entry(
              "kubectl delete stoppablecontainerinstance NAME",
              "OrphanE2E deletes an instance this way"),
          entry("kubectl wait --for=condition=Ready", "LifecycleE2E waits this way"),
          entry("kubectl sc trace workbench", "goes on until it is ended, as TraceE2E does"),
          entry("kubectl logs NAME --previous", "EndingE2E has containers with a log before this"),
          entry("kubectl delete node NODE", "NodeAwayE2E deletes a node, by its name"));

  private DocExceptions() {}

  /** Whether this command, or one of the targets it makes, is an exception. */
  public static boolean excuses(String text) {
    return COMMANDS.containsKey(text)
        || (text.startsWith("make ")
            && Stream.of(text.split(" ")).anyMatch(DocExceptions::excusesTarget));
  }

  /** Whether this target is an exception. */
  public static boolean excusesTarget(String target) {
    return TARGETS.containsKey(target);
  }

  static Set<String> commands() {
    return COMMANDS.keySet();
  }

  static Set<String> targets() {
    return TARGETS.keySet();
  }
}
