package top.xtlsoft.stoppablecontainer.e2e.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.e2e.support.AllowsLogs;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.HostManifest;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/**
 * Images whose layers have links where every pod's container has mounts. A link means what it says
 * within the image, or the start is refused; on the node, which has folders of the same names,
 * nothing changes.
 */
@ClusterTest
class HostileImageE2E {

  @BeforeEach
  void needsTheNode() {
    assumeTrue(ClusterEnv.get().embedded(), "looks at the node through /proc");
  }

  @Test
  void linksLeadWithinTheImage(TestNamespace ns) {
    HostManifest before = HostManifest.of(ClusterEnv.get());
    List<String> kinds = List.of("absolute", "relative", "dotdot");
    kinds.forEach(kind -> create(ns, kind));
    for (String kind : kinds) {
      ns.awaitRunning(kind);
      for (String place : List.of("data", ".sc-bin", ".sc-request", ".sc-ready", "etc/hosts")) {
        assertEquals(
            "1", ns.sh(kind, "grep -c ' /opt/hostile/%s ' /proc/self/mountinfo".formatted(place)));
      }
      ns.sh(kind, "echo mine >/root/file; echo mine >/etc/file; echo mine >/data/file");
      ns.stop(kind);
    }
    HostManifest.of(ClusterEnv.get()).requireSame(before);
    kinds.forEach(ns::awaitStopped);
    kinds.forEach(ns::start);
    for (String kind : kinds) {
      ns.awaitRunning(kind);
      assertEquals("mine\nmine", ns.sh(kind, "cat /root/file /opt/hostile/etc/file"));
    }
    kinds.forEach(ns::deleteAndWait);
    HostManifest.of(ClusterEnv.get()).requireSame(before);
  }

  @Test
  void reportsLinksThatNoRuntimeCanMountOn(TestNamespace ns) {
    HostManifest before = HostManifest.of(ClusterEnv.get());
    List<String> kinds = List.of("loop", "proc");
    kinds.forEach(kind -> create(ns, kind));
    for (String kind : kinds) {
      Condition ready = ns.awaitNotReady(kind, "ContainerCreateFailed", Timeouts.CONDITION);
      // Both pods fail, and either may be the first.
      assertTrue(ready.getMessage().contains("pod can't be created"), ready.getMessage());
    }
    step("the node is as it was, and both can be deleted");
    HostManifest.of(ClusterEnv.get()).requireSame(before);
    kinds.forEach(ns::deleteAndWait);
    HostManifest.of(ClusterEnv.get()).requireSame(before);
  }

  /** runc 1.1 refuses a link at /dev. Later versions mount on the folder that it leads to. */
  @Test
  void aLinkAtDevLeadsWithinTheImageOrIsRefused(TestNamespace ns) {
    HostManifest before = HostManifest.of(ClusterEnv.get());
    create(ns, "dev");
    StoppableContainer dev =
        TestNamespace.await(
            ns.sc("dev"),
            "running or refused",
            found -> isReady(found, "True") || isReady(found, "False"),
            Timeouts.CONDITION);
    if (isReady(dev, "True")) {
      assertEquals("1", ns.sh("dev", "grep -c ' /opt/hostile/dev ' /proc/self/mountinfo"));
      assertEquals("mine", ns.sh("dev", "echo mine >/dev/shm/file; cat /opt/hostile/dev/shm/file"));
    }
    HostManifest.of(ClusterEnv.get()).requireSame(before);
    ns.deleteAndWait("dev");
    HostManifest.of(ClusterEnv.get()).requireSame(before);
  }

  /** Whether it runs, or a runtime can't create its container. */
  private static boolean isReady(StoppableContainer found, String status) {
    return found != null
        && found.getStatus() != null
        && found.getStatus().conditions().stream()
            .filter(c -> "Ready".equals(c.getType()) && status.equals(c.getStatus()))
            .anyMatch(c -> "True".equals(status) || "ContainerCreateFailed".equals(c.getReason()));
  }

  @Test
  @AllowsLogs("MountPointConflict")
  void refusesALinkThatLeadsAVolumeOntoTheProjectsFolder(TestNamespace ns) {
    create(ns, "project");
    Condition ready = ns.awaitNotReady("project", "MountPointConflict", Timeouts.CONDITION);
    assertTrue(ready.getMessage().contains("/.sc-ready"), ready.getMessage());
    ns.deleteAndWait("project");
  }

  private static void create(TestNamespace ns, String kind) {
    ns.create(
        Fixture.of("links.yaml")
            .with("name: box", "name: " + kind)
            .with("links-KIND", "links-" + kind));
  }
}
