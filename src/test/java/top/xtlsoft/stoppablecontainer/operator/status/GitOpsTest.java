package top.xtlsoft.stoppablecontainer.operator.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.luaj.vm2.Globals;
import org.luaj.vm2.LuaTable;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.lib.jse.JsePlatform;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
import top.xtlsoft.stoppablecontainer.operator.pass.Decision;
import top.xtlsoft.stoppablecontainer.operator.pass.Given;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;
import top.xtlsoft.stoppablecontainer.operator.pass.Problem;

/** How tools that deploy read a status: by kstatus (Flux, Helm 4, kpt) and by Argo CD's script. */
class GitOpsTest {

  private static final Path PAGE = Path.of("docs", "gitops.md");

  private static final StatusPlanner PLANNER =
      new StatusPlanner(Duration.ofSeconds(60), Duration.ZERO, new HashMap<>());
  private static final StoppableContainer WANTED = Given.sc(true);
  private static final StoppableContainer UNWANTED = Given.sc(false);

  static Stream<Arguments> statuses() {
    StoppableContainerInstance runs = Given.instance(WANTED, true, true);
    Pod provider = Given.provider(WANTED, runs);
    Pod consumer = Given.consumer(WANTED, runs);
    StoppableContainerInstance stopped =
        Given.reported(Given.instance(UNWANTED, false, true), Given.synced(2));
    Pass refused =
        Given.pass(WANTED, null, null, null)
            .decide(
                new Decision.Refuse(
                    new Problem(ConditionReason.INVALID_TEMPLATE, "spec.template: no.", true)));
    Pass runsWithABadTemplate =
        Given.pass(WANTED, runs, Given.mounted(provider), Given.ready(consumer))
            .decide(
                new Decision.Refuse(
                    new Problem(ConditionReason.INVALID_TEMPLATE, "spec.template: no.", true)));
    return Stream.of(
        Arguments.of(
            "starts", Given.pass(WANTED, runs, provider, null), "InProgress", "Progressing"),
        Arguments.of(
            "runs",
            Given.pass(WANTED, runs, Given.mounted(provider), Given.ready(consumer)),
            "Current",
            "Healthy"),
        Arguments.of(
            "stops",
            Given.pass(UNWANTED, Given.instance(UNWANTED, true, true), provider, consumer),
            "InProgress",
            "Progressing"),
        Arguments.of(
            "is stopped as asked",
            Given.pass(UNWANTED, stopped, provider, null),
            "Current",
            "Healthy"),
        Arguments.of("is refused", refused, "Failed", "Degraded"),
        Arguments.of("runs with a bad template", runsWithABadTemplate, "Failed", "Degraded"));
  }

  @ParameterizedTest(name = "one that {0} is {2}")
  @MethodSource("statuses")
  void kstatusReadsIt(String what, Pass pass, String expected, String health) {
    assertEquals(expected, kstatus(status(pass), 1), what);
  }

  @ParameterizedTest(name = "one that {0} is {3}")
  @MethodSource("statuses")
  void theScriptForArgoCdReadsIt(String what, Pass pass, String kstatus, String expected)
      throws IOException {
    LuaTable health = argo(status(pass));
    assertEquals(expected, health.get("status").tojstring(), what);
    assertTrue(!health.get("message").tojstring().isEmpty(), what);
  }

  private static StoppableContainerStatus status(Pass pass) {
    return PLANNER.plan(pass).report().orElseThrow().status();
  }

  /**
   * The rules of kstatus for a kind that it does not know, in its order (sigs.k8s.io/cli-utils,
   * pkg/kstatus/status): generation, Reconciling and Stalled, then Ready; without any of them it is
   * current.
   */
  private static String kstatus(StoppableContainerStatus status, long generation) {
    if (status.observedGeneration() != generation) {
      return "InProgress";
    }
    for (Condition condition : status.conditions()) {
      if (condition.getType().equals("Reconciling") && condition.getStatus().equals("True")) {
        return "InProgress";
      }
      if (condition.getType().equals("Stalled") && condition.getStatus().equals("True")) {
        return "Failed";
      }
    }
    Optional<Condition> ready =
        status.conditions().stream().filter(c -> c.getType().equals("Ready")).findFirst();
    return ready.filter(c -> !c.getStatus().equals("True")).isPresent() ? "InProgress" : "Current";
  }

  private static LuaTable argo(StoppableContainerStatus status) throws IOException {
    Globals lua = JsePlatform.standardGlobals();
    LuaTable object = new LuaTable();
    LuaTable metadata = new LuaTable();
    metadata.set("generation", 1);
    object.set("metadata", metadata);
    LuaTable reported = new LuaTable();
    reported.set("observedGeneration", LuaValue.valueOf(status.observedGeneration()));
    reported.set("phase", Serialization.asJson(status.phase()).replace("\"", ""));
    reported.set("message", status.message());
    LuaTable conditions = new LuaTable();
    int number = 0;
    for (Condition each : status.conditions()) {
      LuaTable condition = new LuaTable();
      condition.set("type", each.getType());
      condition.set("status", each.getStatus());
      condition.set("message", each.getMessage());
      conditions.set(++number, condition);
    }
    reported.set("conditions", conditions);
    object.set("status", reported);
    lua.set("obj", object);
    return (LuaTable) lua.load(script()).call();
  }

  private static String script() throws IOException {
    Matcher script =
        Pattern.compile("_StoppableContainer: \\|\n((?: {4}.*\n|\n)+)")
            .matcher(Files.readString(PAGE));
    assertTrue(script.find(), PAGE + " has a script for Argo CD");
    return script.group(1);
  }
}
