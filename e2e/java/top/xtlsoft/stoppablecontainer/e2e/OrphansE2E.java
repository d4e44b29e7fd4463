package top.xtlsoft.stoppablecontainer.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.Map;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.e2e.support.AllowsLogs;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.SystemPods;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;
import top.xtlsoft.stoppablecontainer.e2e.support.Types;
import top.xtlsoft.stoppablecontainer.e2e.support.Typist;

/**
 * The API server forgets instances, as it does when etcd is put back to an older copy: their files
 * are kept. Alone, as the agents are away for a while.
 */
@ClusterTest
@Isolated
@Tag("disruptive")
@AllowsLogs(OrphansE2E.LOGS)
class OrphansE2E {

  static final String LOGS = "File system set aside|Orphan purged|AdoptionRefused";

  private static final String PAGE = "docs/backup.md";
  private static final String NO_FINALIZERS = "{\"metadata\":{\"finalizers\":null}}";

  /** A stopped one whose objects vanish while no agent sees it; UID of its instance. */
  static String forget(TestNamespace ns, String box) {
    ns.awaitRunning(box);
    ns.sh(box, "echo thesis >/root/file");
    ns.stopAndWait(box);
    String uid = ns.sci(box).get().getMetadata().getUid();
    SystemPods.withoutAgents(
        ns.client(),
        () -> {
          step("take " + box + " out of the API server, with no agent to see it");
          ns.sc(box).delete();
          TestNamespace.await(
              ns.sci(box),
              "its instance being deleted",
              sci -> sci != null && sci.getMetadata().getDeletionTimestamp() != null,
              Timeouts.GONE);
          ns.sci(box).patch(PatchContext.of(PatchType.JSON_MERGE), NO_FINALIZERS);
          TestNamespace.awaitGone(ns.sci(box), Timeouts.GONE);
          TestNamespace.awaitGone(ns.sc(box), Timeouts.GONE);
        });
    return uid;
  }

  static Resource<ConfigMap> report(TestNamespace ns, String node) {
    return ns.client()
        .configMaps()
        .inNamespace(ApiNames.OPERATOR_NAMESPACE)
        .withName("stoppablecontainer-orphans-" + node);
  }

  /** Has what is set aside removed for good, as an administrator does. */
  static void purge(TestNamespace ns, String node, String uid) {
    awaitReport(ns, node, "the report has " + uid, data -> data.containsKey(uid));
    try (Typist typist = typist(ns, uid, node)) {
      typist.type(PAGE, "Purge it");
    }
    awaitReport(ns, node, "the report has it no more", data -> !data.containsKey(uid));
  }

  private static void awaitReport(
      TestNamespace ns, String node, String what, Predicate<Map<String, String>> wanted) {
    TestNamespace.await(
        report(ns, node),
        what,
        map -> wanted.test(map == null || map.getData() == null ? Map.of() : map.getData()),
        Timeouts.POD);
  }

  private static void awaitLateEvent(TestNamespace ns, String sc, String reason) {
    Awaitility.await(reason + " of " + sc)
        .atMost(Timeouts.POD)
        .until(() -> ns.events(sc).stream().anyMatch(e -> reason.equals(e.getReason())));
  }

  @Test
  @Types({PAGE + "#See what is set aside", PAGE + "#Adopt it"})
  void aNewOneAdoptsTheFilesOfOneThatTheApiServerForgot(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    String node = ns.getPod(box).getSpec().getNodeName();
    String uid = forget(ns, box);

    step("the node reports what is set aside");
    awaitReport(ns, node, "the report has " + uid, data -> data.containsKey(uid));
    String line = report(ns, node).get().getData().get(uid);
    assertTrue(line.contains("\"name\":\"" + box + "\""), line);
    assertTrue(line.contains("\"namespace\":\"" + ns.name() + "\""), line);
    Awaitility.await("an event of the node")
        .atMost(Timeouts.POD)
        .until(
            () ->
                ns.client().v1().events().inNamespace("default").list().getItems().stream()
                    .filter(event -> node.equals(event.getInvolvedObject().getName()))
                    .anyMatch(event -> String.valueOf(event.getMessage()).contains(uid)));

    step("one of another UID is refused, and loses nothing");
    String wrong =
        ns.create(
            Fixture.of("container.yaml")
                .with("name: box", adopting("wrong", "00000000-0000-0000-0000-000000000000")));
    ns.awaitNotReady(wrong, "AdoptionRefused", Timeouts.CONDITION);
    ns.deleteAndWait(wrong);

    step("a new one adopts it, as the page says");
    String heir = "adopted";
    try (Typist typist = typist(ns, uid, node)) {
      typist.type(PAGE, "See what is set aside");
      typist.type(PAGE, "Adopt it");
    }
    assertEquals("thesis", ns.sh(heir, "cat /root/file"));
    assertEquals("started", ns.sh(heir, "cat /var/log/starts"));
    awaitReport(ns, node, "the report has it no more", data -> !data.containsKey(uid));
    awaitLateEvent(ns, heir, "FileSystemAdopted");

    step("its own stop, start and delete are as any other's");
    ns.stopAndWait(heir);
    ns.startAndWait(heir);
    assertEquals("thesis", ns.sh(heir, "cat /root/file"));
    ns.deleteAndWait(heir);
  }

  private static Typist typist(TestNamespace ns, String uid, String node) {
    return new Typist(ns)
        .with("NODE", node)
        .with(": UID", ": " + uid)
        .with("=UID", "=" + uid)
        .with("debian:12", TestNamespace.BUSYBOX)
        .with("infinity", "\"86400\"");
  }

  private static String adopting(String name, String uid) {
    return "name: %s\n  annotations: {stoppablecontainer.xtlsoft.top/adopt: %s}"
        .formatted(name, uid);
  }

  @Test
  @Types(PAGE + "#Purge it")
  void oneOfTheSameNameBeginsAnewAndTheAdministratorPurges(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    String node = ns.getPod(box).getSpec().getNodeName();
    String uid = forget(ns, box);

    ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    assertEquals("started", ns.sh(box, "cat /var/log/starts"));
    awaitReport(ns, node, "the report has " + uid, data -> data.containsKey(uid));
    awaitLateEvent(ns, box, "FileSystemSetAside");

    step("purge it");
    purge(ns, node, uid);
    assertFalse(ns.node(box).exists("/var/lib/stoppablecontainer/.orphans/" + ns.name()));
    assertEquals("started", ns.sh(box, "cat /var/log/starts"));
    ns.deleteAndWait(box);
  }
}
