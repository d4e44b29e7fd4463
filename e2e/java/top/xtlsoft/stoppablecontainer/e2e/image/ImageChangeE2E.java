package top.xtlsoft.stoppablecontainer.e2e.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.Condition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Registry;
import top.xtlsoft.stoppablecontainer.e2e.support.TestImage;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/**
 * The image of a file system that exists is another one, or gone. Alone, as it cordons the node to
 * hold pods back.
 */
@ClusterTest
@Isolated
@Tag("disruptive")
class ImageChangeE2E {

  @Test
  void reportsAnotherImageInTheTemplateAndLeavesTheFileSystemAlone(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    ns.sh(box, "echo kept >/kept; rm /image/delete");

    ns.patch(box, image(TestNamespace.VOLUME));
    StoppableContainer changed = awaitImageChanged(ns, box, true);
    // The condition needs no report of the agent, the image's id does.
    String imageID = ns.awaitImageID(box);
    Condition condition = TestNamespace.condition(changed, "ImageChanged").orElseThrow();
    assertEquals("NotApplied", condition.getReason());
    assertTrue(condition.getMessage().contains(TestNamespace.VOLUME), condition.getMessage());
    ns.stopAndWait(box);
    ns.startAndWait(box);

    assertEquals("kept", ns.sh(box, "cat /kept"));
    assertEquals(1, ns.exec(box, "ls", "/image/delete").exit());
    assertEquals("hello", ns.sh(box, "echo $IMAGE_SAYS"), "the environment of its own image");
    assertEquals(imageID, ns.awaitImageID(box));
    assertTrue(TestNamespace.condition(ns.sc(box).get(), "ImageChanged").isPresent());

    ns.patch(box, image(TestNamespace.BUSYBOX));
    awaitImageChanged(ns, box, false);
  }

  @Test
  void anImageThatWasLoadedAnewUnderItsNameLeavesContainersTheirs(TestNamespace ns)
      throws IOException {
    assumeTrue(ClusterEnv.get().embedded(), "images are loaded into the embedded cluster only");
    // Content of no other test: pulled as well, it would be known by that registry's digest.
    // A name that is new to the node: containerd keeps what it had first when the name moves on.
    String loaded = "stoppablecontainer-e2e/" + ns.name() + ":1";
    load(loaded, "loaded-first");
    String box = ns.create(Fixture.of("container.yaml").with(TestNamespace.BUSYBOX, loaded));
    ns.awaitRunning(box);
    ns.sh(box, "echo kept >/kept");

    load(loaded, "loaded-second");
    ns.stopAndWait(box);
    ns.startAndWait(box);
    assertEquals("loaded-first kept", ns.sh(box, "echo $(cat /which) $(cat /kept)"));

    step("and the next one gets the new");
    ns.create(
        Fixture.of("container.yaml")
            .with("name: box", "name: new")
            .with(TestNamespace.BUSYBOX, loaded));
    ns.awaitRunning("new");
    assertEquals("loaded-second", ns.sh("new", "cat /which"));
    ns.deleteAndWait("new");

    step("its own is taken from the node while it is stopped: nothing is mounted");
    ns.stopAndWait(box);
    String imageID = ns.awaitImageID(box);
    withoutProvider(ns, box, () -> ClusterEnv.get().removeImage(imageID));
    ns.start(box);
    Condition ready = ns.awaitNotReady(box, "ImagePullFailed", Timeouts.CONDITION);
    assertTrue(ready.getMessage().contains(imageID), ready.getMessage());
    assertTrue(ready.getMessage().contains("load it again"), ready.getMessage());
    assertEquals(
        "False", TestNamespace.condition(ns.sc(box).get(), "Mounted").orElseThrow().getStatus());

    step("it is loaded again");
    load(loaded, "loaded-first");
    ns.awaitRunning(box);
    assertEquals("loaded-first kept", ns.sh(box, "echo $(cat /which) $(cat /kept)"));
  }

  @Test
  void anImageThatWasTakenFromTheNodeIsPulledAgainAndMountedAnew(TestNamespace ns) {
    assumeTrue(ClusterEnv.get().embedded(), "only the embedded cluster pulls from this process");
    try (Registry registry = Registry.start()) {
      String tag = registry.push("gone", "1", TestImage.busybox().withFile("which", "first"));
      String box = ns.create(Fixture.of("container.yaml").with(TestNamespace.BUSYBOX, tag));
      ns.awaitRunning(box);
      ns.sh(box, "echo kept >/kept");
      ns.stopAndWait(box);
      List<String> mounted = ns.node(box).mountPointsBelow(ns.hostPath(box));

      step("another one of the same tag is in the registry, the first one by its digest only");
      registry.push("gone", "1", TestImage.busybox().withFile("which", "second"));
      withoutProvider(ns, box, () -> ClusterEnv.get().removeImage(tag));

      ns.startAndWait(box);
      assertEquals("first kept", ns.sh(box, "echo $(cat /which) $(cat /kept)"));
      assertEquals(mounted, ns.node(box).mountPointsBelow(ns.hostPath(box)));
    }
  }

  /** Does something while a stopped container's provider pod is gone and can't come back. */
  private static void withoutProvider(TestNamespace ns, String box, Runnable body) {
    String node = ns.status(box).nodeName();
    String uid = ns.getPod(box + "-provider").getMetadata().getUid();
    step("cordon the node, and delete the provider pod");
    ns.kubectl("cordon", node).ok();
    try {
      ns.pod(box + "-provider").delete();
      TestNamespace.await(
          ns.pod(box + "-provider"),
          "another one",
          pod -> pod != null && !pod.getMetadata().getUid().equals(uid),
          Timeouts.POD);
      body.run();
    } finally {
      ns.kubectl("uncordon", node).ok();
    }
  }

  private static void load(String name, String which) throws IOException {
    step("load %s with '%s'", name, which);
    Path archive = Files.createTempFile("image", ".tar");
    TestImage.busybox().withFile("which", which).save(name, archive);
    ClusterEnv.get().load(archive);
    Files.delete(archive);
  }

  private static String image(String image) {
    return "{\"spec\":{\"template\":{\"container\":{\"image\":\"%s\"}}}}".formatted(image);
  }

  private static StoppableContainer awaitImageChanged(
      TestNamespace ns, String box, boolean present) {
    return TestNamespace.await(
        ns.sc(box),
        "ImageChanged: " + present,
        sc -> TestNamespace.condition(sc, "ImageChanged").isPresent() == present,
        Timeouts.CONDITION);
  }
}
