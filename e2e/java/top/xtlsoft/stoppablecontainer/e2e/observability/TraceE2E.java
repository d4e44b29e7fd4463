package top.xtlsoft.stoppablecontainer.e2e.observability;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.UserAnnotation;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.FollowedPlugin;
import top.xtlsoft.stoppablecontainer.e2e.support.SystemPods;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** The log lines of operator and agents about a traced resource, and about another one. */
@ClusterTest
class TraceE2E {

  @Test
  void theStepsOfOneResourceAreLoggedForAsLongAsItsAnnotationSaysSo(TestNamespace ns) {
    String box = ns.create(named("box"));
    String other = ns.create(named("other"));
    ns.awaitRunning(box);
    ns.awaitRunning(other);
    assertEquals(List.of(), trace(ns, ApiNames.OPERATOR_NAME));
    assertEquals(List.of(), trace(ns, ApiNames.AGENT_NAME));

    step("trace %s", box);
    annotate(ns, box, "\"true\"");
    TestNamespace.await(ns.sci(box), "traced", UserAnnotation.TRACE::isOn, Timeouts.CONDITION);
    for (String sc : List.of(box, other)) {
      ns.stopAndWait(sc);
      ns.startAndWait(sc);
    }
    requireStep(ns, ApiNames.OPERATOR_NAME, "sc-consumer/create-consumer", "createConsumer");
    requireStep(ns, ApiNames.OPERATOR_NAME, "sc-release/announce-stop", "announceStop");
    requireStep(ns, ApiNames.AGENT_NAME, "agent-attach/attach-file-system", "ATTACH");
    requireStep(ns, ApiNames.AGENT_NAME, "agent-instance/sync-instance", "");
    for (String program : List.of(ApiNames.OPERATOR_NAME, ApiNames.AGENT_NAME)) {
      List<String> lines = trace(ns, program);
      assertTrue(lines.stream().allMatch(line -> line.contains("sc.name=box, ")), lines::toString);
      assertFalse(lines.stream().anyMatch(line -> line.contains("hush")), lines::toString);
    }

    step("trace it no more");
    annotate(ns, box, "null");
    TestNamespace.await(
        ns.sci(box), "not traced", sci -> !UserAnnotation.TRACE.isOn(sci), Timeouts.CONDITION);
    int before = stops(ns);
    ns.stopAndWait(box);
    assertEquals(before, stops(ns));
  }

  @Test
  void thePluginFollowsOneResourceAndTakesTheAnnotationAwayAgain(TestNamespace ns) {
    String box = ns.create(named("box"));
    ns.awaitRunning(box);
    try (FollowedPlugin trace = ns.followPlugin("trace", box)) {
      trace.awaitLine("the steps for box");
      ns.stopAndWait(box);
      trace.awaitLine("operator sc-release/announce-stop");
      trace.awaitLine("agent    agent-instance/sync-instance");
    }
    assertFalse(UserAnnotation.TRACE.isOn(ns.sc(box).get()));
  }

  private static Fixture named(String name) {
    return Fixture.of("container.yaml")
        .with("name: box", "name: " + name)
        .with("    container:\n", "    container:\n      env: [{name: PASSWORD, value: hush}]\n");
  }

  private static void annotate(TestNamespace ns, String sc, String value) {
    ns.patch(
        sc,
        "{\"metadata\":{\"annotations\":{\"%s\":%s}}}"
            .formatted(UserAnnotation.TRACE.key(), value));
  }

  private static void requireStep(TestNamespace ns, String program, String route, String decided) {
    Awaitility.await(program + " logs " + route)
        .atMost(Timeouts.CONDITION)
        .until(
            () ->
                trace(ns, program).stream()
                    .anyMatch(line -> line.contains(route) && line.contains(decided)));
  }

  /** How many stops the agent has traced. */
  private static int stops(TestNamespace ns) {
    return (int)
        trace(ns, ApiNames.AGENT_NAME).stream()
            .filter(line -> line.contains("agent-instance/sync-instance"))
            .count();
  }

  /** Lines of the trace that are about this test's namespace. */
  private static List<String> trace(TestNamespace ns, String program) {
    return SystemPods.log(ns.client(), program)
        .lines()
        .filter(line -> line.contains(" trace ") && line.contains(ns.name() + " "))
        .toList();
  }
}
