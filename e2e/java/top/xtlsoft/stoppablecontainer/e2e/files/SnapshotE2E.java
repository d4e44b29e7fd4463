package top.xtlsoft.stoppablecontainer.e2e.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.RestorePhase;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.e2e.support.AgentTokens;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Node;
import top.xtlsoft.stoppablecontainer.e2e.support.Restores;
import top.xtlsoft.stoppablecontainer.e2e.support.Result;
import top.xtlsoft.stoppablecontainer.e2e.support.Snapshots;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;
import top.xtlsoft.stoppablecontainer.e2e.support.Types;
import top.xtlsoft.stoppablecontainer.e2e.support.Typist;

/** Snapshots of stopped containers, and clones of them. */
@ClusterTest
class SnapshotE2E {

  private static final String PAGE = "docs/snapshots.md";

  private static final String FORGED =
      "{\"status\":{\"nodeName\":\"elsewhere\",\"sourceUID\":\"1\",\"hostPathPrefix\":\"/etc\"}}";

  private static String manifest(TestNamespace ns, String pod) {
    return ns.sh(pod, Fixture.of("manifest.sh").text());
  }

  private static Optional<String> reason(StoppableContainerSnapshot snapshot) {
    return Optional.ofNullable(snapshot)
        .map(StoppableContainerSnapshot::getStatus)
        .map(status -> status.conditions())
        .map(List::getFirst)
        .map(Condition::getReason);
  }

  private static List<String> layers(TestNamespace ns, Node node) {
    return node.list(ApiNames.DEFAULT_HOST_PATH_PREFIX + "/.layers/" + ns.name());
  }

  @Test
  @Tag("node")
  @Tag("smoke")
  void aCloneHasEveryFileOfASnapshotThatOutlivesItsSource(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    ns.sh(box, Fixture.of("changes.sh").text());
    String before = manifest(ns, box);
    ns.stopAndWait(box);
    Node node = ns.node(box);
    Snapshots.take(ns, Fixture.of("snapshot.yaml"));
    StoppableContainerSnapshot taken = Snapshots.awaitReady(ns, "before");
    assertEquals(1, taken.getStatus().layers());
    assertEquals(ns.status(box).nodeName(), taken.getStatus().nodeName());
    assertEquals(List.of(taken.getMetadata().getUid()), layers(ns, node));

    step("kubectl waits for it and lists it");
    Result waited =
        ns.kubectl(
            "wait", "--for=condition=Ready", "--timeout=10s", "stoppablecontainersnapshot/before");
    assertEquals(0, waited.exit(), waited.err());
    String listed = ns.kubectl("get", "scsnap").out();
    assertTrue(listed.contains("before") && listed.contains("Ready"), listed);

    step("the source goes on, and changes what the snapshot has");
    ns.startAndWait(box);
    assertEquals(before, manifest(ns, box), "a snapshot changes nothing");
    ns.sh(box, "rm -r /data; echo changed >/image/edit; chmod 700 /image");
    ns.stopAndWait(box);
    ns.startAndWait(box);
    assertEquals("changed", ns.sh(box, "cat /image/edit"));

    step("a clone has the files of the snapshot");
    String copy = ns.create(Fixture.of("clone.yaml"));
    ns.awaitRunning(copy);
    assertEquals(before, manifest(ns, copy));
    assertEquals(ns.status(box).nodeName(), ns.status(copy).nodeName());
    ns.sh(copy, "echo of the clone >/image/edit; rm -r /moved");
    assertEquals("changed", ns.sh(box, "cat /image/edit"), "both are apart");

    step("without source and snapshot the clone keeps them");
    ns.deleteAndWait(box);
    Snapshots.delete(ns, "before");
    ns.stopAndWait(copy);
    ns.startAndWait(copy);
    assertEquals("of the clone", ns.sh(copy, "cat /image/edit"));
    assertEquals("new\ndeep", ns.sh(copy, "cat /data/new /data/deep/er/file"));
    assertEquals(List.of(taken.getMetadata().getUid()), layers(ns, node));

    step("with the last stack on it the layer goes");
    ns.deleteAndWait(copy);
    Awaitility.await("the layer gone")
        .atMost(Timeouts.GONE)
        .until(() -> layers(ns, node).isEmpty());
  }

  @Test
  void aSnapshotOfARunningContainerWaitsForItsStop(TestNamespace ns) {
    Snapshots.take(ns, Fixture.of("snapshot.yaml"));
    TestNamespace.await(
        Snapshots.of(ns, "before"),
        "the source not found",
        found -> reason(found).filter("SourceNotFound"::equals).isPresent(),
        Timeouts.POD);
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    ns.sh(box, "echo kept >/root/file");
    TestNamespace.await(
        Snapshots.of(ns, "before"),
        "the source running",
        found -> reason(found).filter("SourceRunning"::equals).isPresent(),
        Timeouts.POD);
    assertNull(Snapshots.of(ns, "before").get().getStatus().nodeName());
    ns.stopAndWait(box);
    assertEquals(
        Optional.of("Taken"),
        reason(Snapshots.awaitReady(ns, "before")),
        "taken as soon as it is stopped");
    TestNamespace.await(
        Snapshots.of(ns, "before"),
        "its size",
        found -> found.getStatus().bytes() != null && found.getStatus().bytes() > 0,
        Timeouts.POD);
  }

  @Test
  void aStoppedContainerIsClonedByItsName(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    ns.sh(box, "echo kept >/root/file");
    String copy =
        ns.create(Fixture.of("clone.yaml").with("snapshotName: before", "containerName: box"));
    ns.awaitNotReady(copy, "SnapshotNotReady", Timeouts.POD);
    ns.stopAndWait(box);
    ns.awaitRunning(copy);
    assertEquals("kept", ns.sh(copy, "cat /root/file"));
    ns.startAndWait(box);
    ns.sh(copy, "echo of the clone >/root/file");
    assertEquals("kept", ns.sh(box, "cat /root/file"));

    step("the snapshot of the clone goes with it");
    ns.deleteAndWait(copy);
    TestNamespace.awaitGone(Snapshots.of(ns, "copy-source"), Timeouts.GONE);
  }

  @Test
  void aCloneBeginsWithoutWhatItsSourceIsKnownBy(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    ns.sh(
        box,
        "mkdir -p /etc/ssh; echo same >/etc/machine-id; echo same >/etc/ssh/ssh_host_rsa_key;"
            + " echo kept >/etc/ssh/sshd_config");
    ns.stopAndWait(box);
    Snapshots.take(ns, Fixture.of("snapshot.yaml"));
    Snapshots.awaitReady(ns, "before");
    String copy =
        ns.create(
            Fixture.of("clone.yaml")
                .with("snapshotName: before", "snapshotName: before\n    resetIdentity: {}")
                .with(
                    "echo started",
                    "ls /etc/ssh >/first; wc -c </etc/machine-id >>/first; echo started"));
    ns.awaitRunning(copy);
    assertEquals("sshd_config\n0", ns.sh(copy, "cat /first"), "its first process finds none");
    ns.startAndWait(box);
    assertEquals("same\nsame", ns.sh(box, "cat /etc/machine-id /etc/ssh/ssh_host_rsa_key"));
    Result refused =
        ns.kubectlWithInput(
            Fixture.of("clone.yaml")
                .with("name: copy", "name: other")
                .with("before", "before\n    resetIdentity: {paths: [/etc/../key]}")
                .text(),
            "create",
            "-f",
            "-");
    assertTrue(refused.err().contains("paths must be absolute"), refused.err());
  }

  @Test
  @Tag("node")
  void aRestoreBringsEveryFileBackAndCanBeUndone(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    ns.sh(box, Fixture.of("changes.sh").text());
    String good = manifest(ns, box);
    ns.stopAndWait(box);
    Node node = ns.node(box);
    Snapshots.take(ns, Fixture.of("snapshot.yaml"));
    Snapshots.awaitReady(ns, "before");
    ns.startAndWait(box);
    ns.sh(box, "rm -r /data /image; echo broken >/etc/passwd; chmod 711 /");
    String broken = manifest(ns, box);

    step("a restore waits for the stop");
    Restores.order(ns, Fixture.of("restore.yaml"));
    assertEquals(
        "TargetRunning",
        Restores.await(ns, "back", RestorePhase.PENDING)
            .getStatus()
            .conditions()
            .getFirst()
            .getReason());
    ns.stopAndWait(box);
    Restores.await(ns, "back", RestorePhase.RESTORED);
    ns.startAndWait(box);
    assertEquals(good, manifest(ns, box));

    step("the state before is a snapshot, and comes back in the same way");
    ns.stopAndWait(box);
    Restores.order(
        ns,
        Fixture.of("restore.yaml")
            .with("name: back", "name: undo")
            .with("snapshotName: before", "snapshotName: back-before"));
    Restores.await(ns, "undo", RestorePhase.RESTORED);
    ns.startAndWait(box);
    assertEquals(broken, manifest(ns, box));

    step("with the restores the states before them go, and the container stays as it is");
    ns.kubectl("delete", "screstore", "back", "undo").ok();
    TestNamespace.awaitGone(Snapshots.of(ns, "back-before"), Timeouts.GONE);
    TestNamespace.awaitGone(Snapshots.of(ns, "undo-before"), Timeouts.GONE);
    ns.stopAndWait(box);
    ns.startAndWait(box);
    assertEquals(broken, manifest(ns, box));
    Snapshots.delete(ns, "before");
    ns.deleteAndWait(box);
    Awaitility.await("no layer left").atMost(Timeouts.GONE).until(() -> layers(ns, node).isEmpty());
  }

  @Test
  @Types(PAGE)
  void thePageIsTypedAsItSays(TestNamespace ns) {
    String box =
        ns.create(
            Fixture.of("container.yaml")
                .with("name: box", "name: workbench")
                .with(TestNamespace.BUSYBOX, "debian:12"));
    try (Typist typist = new Typist(ns)) {
      ns.awaitRunning(box);
      ns.sh(box, "echo kept >/root/file");
      typist.type(PAGE);
      ns.awaitRunning(box);
      assertEquals("kept", ns.sh("copy", "cat /root/file"));
      assertEquals("kept", ns.sh(box, "cat /root/file"), "over a restore to the image");
    }
  }

  @Test
  void aCloneThatCannotStartSaysWhy(TestNamespace ns) {
    String copy = ns.create(Fixture.of("clone.yaml"));
    ns.awaitNotReady(copy, "SourceNotFound", Timeouts.POD);
    Result refused =
        ns.kubectl(
            "patch",
            "stoppablecontainer/" + copy,
            "--type=merge",
            "-p",
            "{\"spec\":{\"source\":{\"snapshotName\":\"another\"}}}");
    assertNotEquals(0, refused.exit());
    assertTrue(refused.err().contains("spec.source can't be changed"), refused.err());
  }

  @Test
  void theAgentOfAnotherNodeIsRefused(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml").with("running: true", "running: false"));
    ns.awaitStopped(box);
    Snapshots.take(ns, Fixture.of("snapshot.yaml"));
    Snapshots.awaitReady(ns, "before");
    AgentTokens.withAgentOfOtherNode(
        agent -> {
          StoppableContainerSnapshot before = Snapshots.of(ns, "before").get();
          for (String patch :
              List.of(
                  "{\"status\":{\"agent\":{\"layers\":7}}}", "{\"status\":{\"nodeName\":\"x\"}}")) {
            KubernetesClientException refusal =
                assertThrows(
                    KubernetesClientException.class,
                    () ->
                        agent
                            .resource(before)
                            .subresource("status")
                            .patch(PatchContext.of(PatchType.JSON_MERGE), patch));
            assertTrue(
                refusal.getMessage().contains("may not write what belongs to node"),
                refusal.getMessage());
          }
          assertThrows(
              KubernetesClientException.class,
              () ->
                  agent
                      .resource(before)
                      .patch(
                          PatchContext.of(PatchType.JSON_MERGE),
                          "{\"metadata\":{\"finalizers\":[]}}"));
        });
  }

  @Test
  void onlyTheOperatorOrdersASnapshot(TestNamespace ns) {
    Snapshots.take(ns, Fixture.of("snapshot.yaml"));
    Result refused =
        ns.kubectl(
            "patch",
            "stoppablecontainersnapshot/before",
            "--subresource=status",
            "--type=merge",
            "-p",
            FORGED);
    assertNotEquals(0, refused.exit());
    assertTrue(
        refused.err().contains("a snapshot's status is written by the operator"), refused.err());
  }
}
