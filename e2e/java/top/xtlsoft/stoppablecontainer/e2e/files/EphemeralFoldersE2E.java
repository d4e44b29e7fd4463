package top.xtlsoft.stoppablecontainer.e2e.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Result;
import top.xtlsoft.stoppablecontainer.e2e.support.Snapshots;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** Folders that each start finds empty. */
@ClusterTest
class EphemeralFoldersE2E {

  private static Fixture with(String paths) {
    return Fixture.of("container.yaml")
        .with("running: true", "running: true\n  ephemeralPaths: " + paths);
  }

  @Test
  void eachStartFindsThemEmptyAndNoSnapshotHasThem(TestNamespace ns) {
    String box = ns.create(with("[/tmp, /run, /var/cache/made]"));
    ns.awaitRunning(box);
    ns.sh(box, "for f in tmp run var/cache/made; do echo x >/$f/file; done; echo kept >/root/file");
    ns.stopAndWait(box);
    Snapshots.take(ns, Fixture.of("snapshot.yaml"));
    Snapshots.awaitReady(ns, "before");
    ns.startAndWait(box);
    assertEquals("kept", ns.sh(box, "cat /root/file"));
    assertEquals("", ns.sh(box, "find /tmp /run /var/cache/made -name file"));

    step("a clone that keeps these folders has nothing of them");
    String copy = ns.create(Fixture.of("clone.yaml"));
    ns.awaitRunning(copy);
    assertEquals("kept", ns.sh(copy, "cat /root/file"));
    assertEquals("", ns.sh(copy, "find /tmp /run /var/cache/made -name file"));
  }

  @Test
  void theyAreTakenUpAtTheNextStart(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    ns.sh(box, "mkdir -p /tmp; echo hidden >/tmp/file");
    ns.patch(box, "{\"spec\":{\"ephemeralPaths\":[\"/tmp\"]}}");
    TestNamespace.await(
        ns.sc(box),
        "a restart required",
        sc -> TestNamespace.condition(sc, "RestartRequired").isPresent(),
        Timeouts.POD);
    ns.stopAndWait(box);
    ns.startAndWait(box);
    assertEquals("", ns.sh(box, "ls -A /tmp"));
    ns.patch(box, "{\"spec\":{\"ephemeralPaths\":null}}");
    ns.stopAndWait(box);
    ns.startAndWait(box);
    assertEquals("hidden", ns.sh(box, "cat /tmp/file"), "the file system has kept it");
  }

  @Test
  void aFolderThatCannotBeOneIsRefused(TestNamespace ns) {
    Result refused = ns.kubectlWithInput(with("[tmp]").text(), "create", "-f", "-");
    assertTrue(refused.err().contains("spec.ephemeralPaths must be absolute"), refused.err());
    String box = ns.create(with("[/proc]"));
    ns.awaitNotReady(box, "InvalidTemplate", Timeouts.POD);
  }
}
