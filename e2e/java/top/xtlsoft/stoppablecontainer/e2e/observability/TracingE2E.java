package top.xtlsoft.stoppablecontainer.e2e.observability;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.DocCommand;
import top.xtlsoft.stoppablecontainer.e2e.support.DocPage;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.SystemPods;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;
import top.xtlsoft.stoppablecontainer.e2e.support.Types;
import top.xtlsoft.stoppablecontainer.e2e.support.Typist;

/** What operator and agents send to OpenTelemetry's own collector. Alone: they are restarted. */
@ClusterTest
@Isolated
@Tag("disruptive")
class TracingE2E {

  private static final String PAGE = "docs/tracing.md";
  private static final String SECTION = "All of them, in OpenTelemetry";
  private static final String WRITTEN_ADDRESS = "collector.observability";

  private static final Pattern SPAN =
      Pattern.compile(
          "Trace ID +: (?<trace>\\w+)\\s+Parent ID +: (?<parent>\\w*)\\s+ID +: (?<id>\\w+)"
              + "\\s+Name +: (?<name>\\S+)(?<rest>[\\s\\S]*?)(?=\\nSpan #|\\nResourceSpans #|\\nScopeSpans #|$)");

  /** One span as the collector prints it; {@code rest} has its attributes. */
  private record Span(String trace, String parent, String id, String name, String rest) {

    boolean isOf(String namespace, String name) {
      return rest.contains("sc.namespace: Str(" + namespace + ")")
          && rest.contains("sc.name: Str(" + name + ")");
    }
  }

  @Test
  @Types(PAGE + "#" + SECTION)
  void aStartIsSpansOfOperatorAndAgentAtACollector(TestNamespace ns) {
    String collector = ns.createPod(Fixture.of("collector.yaml")).getMetadata().getName();
    ns.awaitPodReady(collector);
    String address =
        ns.client().pods().inNamespace(ns.name()).withName(collector).get().getStatus().getPodIP();
    List<DocCommand> commands = DocPage.of(PAGE).commands(SECTION);
    try (Typist typist = new Typist(ns).with(WRITTEN_ADDRESS, address)) {
      type(ns, typist, commands.getFirst());
      try {
        tellsOfAStart(ns);
      } finally {
        type(ns, typist, commands.getLast());
      }
    }
  }

  private static void tellsOfAStart(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    step("look for its spans");
    Span created = await(ns, "create-consumer");
    assertTrue(created.rest.contains("sc.decision: Str("), created.rest);
    Span route = parent(ns, created);
    assertEquals("sc-consumer", route.name);
    assertTrue(route.isOf(ns.name(), box), route.rest);
    Span root = route;
    while (!root.parent.isEmpty()) {
      root = parent(ns, root);
    }
    assertEquals("sc-reconcile", root.name);

    Span attached = await(ns, "attach-file-system");
    assertEquals("agent-attach", parent(ns, attached).name);

    String printed = printed(ns);
    assertTrue(printed.contains("service.name: Str(stoppablecontainer-operator)"));
    assertTrue(printed.contains("service.name: Str(stoppablecontainer-agent)"));
    ns.deleteAndWait(box);
  }

  private static void type(TestNamespace ns, Typist typist, DocCommand command) {
    typist.type(command);
    for (String workload :
        List.of("deployment/" + ApiNames.OPERATOR_NAME, "daemonset/" + ApiNames.AGENT_NAME)) {
      ns.kubectl(
              "rollout",
              "status",
              "--namespace=" + ApiNames.OPERATOR_NAMESPACE,
              "--timeout=" + Timeouts.POD.toSeconds() + "s",
              workload)
          .ok();
    }
    SystemPods.awaitOperator(ns.client());
    SystemPods.awaitAgents(ns.client());
  }

  private static String printed(TestNamespace ns) {
    return ns.kubectl("logs", "collector").ok();
  }

  private static List<Span> spans(TestNamespace ns) {
    Matcher matcher = SPAN.matcher(printed(ns));
    List<Span> spans = new ArrayList<>();
    while (matcher.find()) {
      spans.add(
          new Span(
              matcher.group("trace"),
              matcher.group("parent"),
              matcher.group("id"),
              matcher.group("name"),
              matcher.group("rest")));
    }
    return spans;
  }

  private static Span await(TestNamespace ns, String name) {
    return await(ns, name, span -> span.name.equals(name));
  }

  private static Span await(TestNamespace ns, String what, Predicate<Span> wanted) {
    return Awaitility.await("a span: " + what)
        .atMost(Timeouts.CONDITION)
        .until(() -> spans(ns).stream().filter(wanted).findFirst(), Optional::isPresent)
        .orElseThrow();
  }

  /** It ends after its children, and may be sent after them. */
  private static Span parent(TestNamespace ns, Span child) {
    return await(
        ns,
        "the parent of " + child.name,
        span -> span.trace.equals(child.trace) && span.id.equals(child.parent));
  }
}
