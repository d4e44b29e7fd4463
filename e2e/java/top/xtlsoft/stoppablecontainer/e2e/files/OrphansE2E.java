package top.xtlsoft.stoppablecontainer.e2e.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import top.xtlsoft.stoppablecontainer.e2e.support.AllowsLogs;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Orphans;
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
@AllowsLogs(Orphans.LOGS)
class OrphansE2E {

  private static final String PAGE = Orphans.PAGE;

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
    String uid = Orphans.forget(ns, box);

    step("the node reports what is set aside");
    Orphans.awaitReport(ns, node, "the report has " + uid, data -> data.containsKey(uid));
    String line = Orphans.report(ns, node).get().getData().get(uid);
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
    try (Typist typist = Orphans.typist(ns, uid, node)) {
      typist.type(PAGE, "See what is set aside");
      typist.type(PAGE, "Adopt it");
    }
    assertEquals("thesis", ns.sh(heir, "cat /root/file"));
    assertEquals("started", ns.sh(heir, "cat /var/log/starts"));
    Orphans.awaitReport(ns, node, "the report has it no more", data -> !data.containsKey(uid));
    awaitLateEvent(ns, heir, "FileSystemAdopted");

    step("its own stop, start and delete are as any other's");
    ns.stopAndWait(heir);
    ns.startAndWait(heir);
    assertEquals("thesis", ns.sh(heir, "cat /root/file"));
    ns.deleteAndWait(heir);
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
    String uid = Orphans.forget(ns, box);

    ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    assertEquals("started", ns.sh(box, "cat /var/log/starts"));
    Orphans.awaitReport(ns, node, "the report has " + uid, data -> data.containsKey(uid));
    awaitLateEvent(ns, box, "FileSystemSetAside");

    step("purge it");
    Orphans.purge(ns, node, uid);
    assertFalse(ns.node(box).exists("/var/lib/stoppablecontainer/.orphans/" + ns.name()));
    assertEquals("started", ns.sh(box, "cat /var/log/starts"));
    ns.deleteAndWait(box);
  }
}
