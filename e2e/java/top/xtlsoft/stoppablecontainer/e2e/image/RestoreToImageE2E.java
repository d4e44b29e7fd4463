package top.xtlsoft.stoppablecontainer.e2e.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.e2e.support.AllowsLogs;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Result;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** A file system takes the image that its template names now. */
@ClusterTest
class RestoreToImageE2E {

  private static String image(String name) {
    return "{\"spec\":{\"template\":{\"container\":{\"image\":\"" + name + "\"}}}}";
  }

  private static void awaitImageChanged(TestNamespace ns, String box, boolean there) {
    TestNamespace.await(
        ns.sc(box),
        "ImageChanged is " + there,
        sc -> TestNamespace.condition(sc, "ImageChanged").isPresent() == there,
        Timeouts.CONDITION);
  }

  /** The agent reports the image when it has mounted, and the container can run before. */
  private static void awaitImageID(
      TestNamespace ns, String box, String what, Predicate<String> wanted) {
    TestNamespace.await(
        ns.sc(box),
        what,
        sc -> sc.getStatus().imageID() != null && wanted.test(sc.getStatus().imageID()),
        Timeouts.CONDITION);
  }

  private static void create(TestNamespace ns, Fixture restore) {
    ns.kubectlWithInput(restore.text(), "create", "-f", "-").ok();
  }

  private static void awaitRestored(TestNamespace ns, String name) {
    ns.kubectl("wait", "--for=condition=Ready", "--timeout=120s", "screstore/" + name).ok();
  }

  private static String filesOf(TestNamespace ns, String box) {
    return ns.sh(
        box, "cd / && find home srv/data folder | sort | xargs stat -c '%n %F %s %a %u %Y'");
  }

  @Test
  void aChangedImageIsTakenAndGivenBack(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    ns.sh(box, "echo kept >/kept; rm /image/delete");
    ns.patch(box, image(TestNamespace.VOLUME));
    awaitImageChanged(ns, box, true);
    String imageID = ns.awaitImageID(box);

    step("to the image of the template");
    create(ns, Fixture.of("restore-to-image.yaml"));
    ns.stopAndWait(box);
    awaitRestored(ns, "renew");
    StoppableContainer renewed = ns.startAndWait(box);
    assertEquals(TestNamespace.VOLUME, renewed.getStatus().image());
    awaitImageChanged(ns, box, false);
    assertNotEquals(0, ns.exec(box, "ls", "/kept").exit(), "as a new one");
    awaitImageID(ns, box, "another imageID", id -> !id.equals(imageID));
    ns.sh(box, "echo of the new >/new");

    undo(ns, box);
    assertEquals("kept", ns.sh(box, "cat /kept"));
    assertNotEquals(0, ns.exec(box, "ls", "/image/delete").exit());
    assertNotEquals(0, ns.exec(box, "ls", "/new").exit());
    awaitImageID(ns, box, "the imageID of before", imageID::equals);
    awaitImageChanged(ns, box, true);
  }

  private static void undo(TestNamespace ns, String box) {
    step("and back to the state before, on its image");
    ns.stopAndWait(box);
    create(
        ns,
        Fixture.of("restore.yaml")
            .with("name: back", "name: undo")
            .with("snapshotName: before", "snapshotName: renew-before"));
    awaitRestored(ns, "undo");
    ns.startAndWait(box);
  }

  @Test
  void aChangedImageLeavesTheFoldersThatAreKept(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    ns.sh(
        box,
        "mkdir -p /home/dev /srv/data && echo home >/home/dev/file && ln /home/dev/file"
            + " /home/dev/link && chown -R 1000:1000 /home/dev && chmod 750 /home/dev && ln -s file"
            + " /srv/data/link && echo data >/srv/data/file && echo other >/srv/other && rm"
            + " /folder/outer");
    String before = filesOf(ns, box);
    ns.patch(box, image(TestNamespace.VOLUME));
    awaitImageChanged(ns, box, true);

    step("to the image of the template, but for three folders");
    create(
        ns,
        Fixture.of("restore-to-image.yaml")
            .with("toImage: true", "toImage: true\n  keepPaths: [/home, /srv/data, /folder]"));
    ns.stopAndWait(box);
    awaitRestored(ns, "renew");
    ns.startAndWait(box);
    awaitImageChanged(ns, box, false);
    assertEquals(before, filesOf(ns, box));
    assertEquals("home", ns.sh(box, "cat /home/dev/link"));
    assertEquals("data", ns.sh(box, "cat /srv/data/link"));
    assertNotEquals(0, ns.exec(box, "ls", "/srv/other").exit());
    ns.sh(box, "echo changed >/home/dev/file");

    undo(ns, box);
    assertEquals(before, filesOf(ns, box));
    assertEquals("home", ns.sh(box, "cat /home/dev/file"));
    assertEquals("other", ns.sh(box, "cat /srv/other"));
  }

  @Test
  @AllowsLogs("Request refused: reason=(PathNotKept|ImageLayersChanged)")
  void aRestoreThatCannotKeepAPathSaysSoAndLosesNothing(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    ns.sh(box, "echo kept >/kept; ln -s / /out");
    ns.patch(box, image(TestNamespace.VOLUME));
    ns.stopAndWait(box);
    create(
        ns,
        Fixture.of("restore-to-image.yaml")
            .with("toImage: true", "toImage: true\n  keepPaths: [/out/etc]"));
    ns.kubectl(
            "wait",
            "--for=jsonpath={.status.conditions[0].reason}=PathNotKept",
            "--timeout=120s",
            "screstore/renew")
        .ok();
    ns.kubectl("delete", "screstore/renew").ok();
    ns.startAndWait(box);
    assertEquals("kept", ns.sh(box, "cat /kept"));
  }

  @Test
  void pathsThatCannotBeKeptAreRefused(TestNamespace ns) {
    for (String paths :
        List.of(
            "[/]",
            "[home]",
            "[/home/]",
            "[/home//dev]",
            "[/home/../etc]",
            "[/.sc-bin]",
            "[/home, /home]",
            "[/srv/data, /srv]",
            "[]")) {
      Result refused =
          ns.kubectlWithInput(
              Fixture.of("restore-to-image.yaml")
                  .with("toImage: true", "toImage: true\n  keepPaths: " + paths)
                  .text(),
              "create",
              "-f",
              "-");
      assertNotEquals(0, refused.exit(), paths);
      assertTrue(refused.err().contains("keepPaths"), refused.err());
    }
  }

  @Test
  void aRestoreToAnImageThatIsNotThereIsGivenUpWithoutALoss(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    ns.sh(box, "echo kept >/kept");
    ns.stopAndWait(box);
    ns.patch(box, image("stoppablecontainer-e2e/none:1"));
    create(ns, Fixture.of("restore-to-image.yaml"));
    TestNamespace.await(
        ns.sci(box), "the restore ordered", sci -> sci.getSpec().source() != null, Timeouts.POD);
    ns.start(box);
    ns.awaitNotReady(box, "ImagePullFailed", Timeouts.POD);
    ns.kubectl("delete", "screstore/renew").ok();
    ns.awaitRunning(box);
    assertEquals("kept", ns.sh(box, "cat /kept"));
    assertTrue(TestNamespace.condition(ns.sc(box).get(), "ImageChanged").isPresent());
  }
}
