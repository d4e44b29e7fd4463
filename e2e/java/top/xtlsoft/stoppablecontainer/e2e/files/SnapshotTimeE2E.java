package top.xtlsoft.stoppablecontainer.e2e.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import java.time.Instant;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Result;
import top.xtlsoft.stoppablecontainer.e2e.support.Snapshots;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** Snapshots and restores that end by themselves. */
@ClusterTest
class SnapshotTimeE2E {

  private static final String LONG = "  ttl: 10000h\n";

  private static String stopped(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    ns.stopAndWait(box);
    return box;
  }

  private static void awaitEvent(TestNamespace ns, String name, String reason) {
    Awaitility.await("event " + reason + " of " + name)
        .atMost(Timeouts.EVENT)
        .until(
            () ->
                ns.client().v1().events().inNamespace(ns.name()).list().getItems().stream()
                    .filter(event -> name.equals(event.getInvolvedObject().getName()))
                    .anyMatch(event -> reason.equals(event.getReason())));
  }

  private static void patch(TestNamespace ns, String object, String ttl) {
    ns.kubectl("patch", object, "--type=merge", "-p", "{\"spec\":{\"ttl\":\"" + ttl + "\"}}").ok();
  }

  @Test
  void aSnapshotIsDeletedWhenItsTimeHasEnded(TestNamespace ns) {
    String box = stopped(ns);
    Snapshots.take(ns, Fixture.of("snapshot.yaml").with("spec:\n", "spec:\n" + LONG));
    StoppableContainerSnapshot taken = Snapshots.awaitReady(ns, "before");
    assertTrue(Instant.parse(taken.getStatus().expiresAt()).isAfter(Instant.now()));
    awaitEvent(ns, "before", "Taken");

    step("its user ends it sooner");
    patch(ns, "scsnap/before", "1s");
    TestNamespace.awaitGone(Snapshots.of(ns, "before"), Timeouts.GONE);
    awaitEvent(ns, "before", "Expired");
    ns.startAndWait(box);
    assertEquals("started\nstarted", ns.sh(box, "cat /var/log/starts"));
  }

  @Test
  void aRestoreIsDeletedWithTheStateBeforeWhenItsTimeHasEnded(TestNamespace ns) {
    String box = stopped(ns);
    Snapshots.take(ns, Fixture.of("snapshot.yaml"));
    Snapshots.awaitReady(ns, "before");
    ns.kubectlWithInput(
            Fixture.of("restore.yaml").with("spec:\n", "spec:\n" + LONG).text(),
            "create",
            "-f",
            "-")
        .ok();
    ns.kubectl("wait", "--for=condition=Ready", "--timeout=60s", "screstore/back").ok();
    awaitEvent(ns, "back", "Restored");
    assertNotNull(Snapshots.awaitReady(ns, "back-before"));
    patch(ns, "screstore/back", "1s");
    TestNamespace.awaitGone(Snapshots.of(ns, "back-before"), Timeouts.GONE);
    awaitEvent(ns, "back", "Expired");
    assertNotNull(Snapshots.of(ns, "before").get(), "another snapshot stays");
    ns.startAndWait(box);
  }

  @Test
  void aTimeThatIsNoneIsRefused(TestNamespace ns) {
    for (String ttl : List.of("", "5", "1d", "1m1h", "-5m", "1h ")) {
      Result refused =
          ns.kubectlWithInput(
              Fixture.of("snapshot.yaml").with("spec:\n", "spec:\n  ttl: '" + ttl + "'\n").text(),
              "create",
              "-f",
              "-");
      assertNotEquals(0, refused.exit(), ttl);
      assertTrue(refused.err().contains("spec.ttl"), refused.err());
    }
  }
}
