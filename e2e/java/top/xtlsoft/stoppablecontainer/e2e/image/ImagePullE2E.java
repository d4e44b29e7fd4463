package top.xtlsoft.stoppablecontainer.e2e.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.e2e.support.AllowsLogs;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Registry;
import top.xtlsoft.stoppablecontainer.e2e.support.TestImage;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** Images that come from a registry: by digest, when wanted anew, with and without a password. */
@ClusterTest
class ImagePullE2E {

  private static Registry registry;

  @BeforeAll
  static void startRegistry() {
    assumeTrue(ClusterEnv.get().embedded(), "only the embedded cluster pulls from this process");
    registry = Registry.start();
  }

  @AfterAll
  static void stopRegistry() {
    if (registry != null) {
      registry.close();
    }
  }

  @Test
  void runsAnImageNamedByItsDigest(TestNamespace ns) {
    String tagged = registry.push("digest", "1", image("by digest"));
    String digest = registry.digest("digest", "1");
    String box = ns.create(box("box", tagged.replace(":1", "@" + digest), ""));
    ns.awaitRunning(box);

    String imageID = ns.awaitImageID(box);
    assertTrue(imageID.endsWith("@" + digest), imageID);
    assertEquals("by digest", ns.sh(box, "cat /which"));
    ns.sh(box, "echo kept >/kept");
    ns.stopAndWait(box);
    ns.startAndWait(box);
    assertEquals("kept", ns.sh(box, "cat /kept"));
  }

  @Test
  void neverPullsWhatItMustNot(TestNamespace ns) {
    String image = registry.push("never", "1", image("pulled after all"));
    String box = ns.create(box("box", image, "imagePullPolicy: Never"));

    Condition ready = ns.awaitNotReady(box, "ImagePullFailed", Timeouts.CONDITION);
    assertTrue(ready.getMessage().contains("ErrImageNeverPull"), ready.getMessage());
    assertTrue(ready.getMessage().contains(image), ready.getMessage());

    step("a corrected template is tried at once");
    ns.patch(
        box, "{\"spec\":{\"template\":{\"container\":{\"imagePullPolicy\":\"IfNotPresent\"}}}}");
    ns.awaitRunning(box);
    assertEquals("pulled after all", ns.sh(box, "cat /which"));
  }

  @Test
  void pullsPrivateImagesWithTheirSecretsAndReportsWhichIsWrong(TestNamespace ns) {
    String none = ns.create(secured(ns, "none", "[]"));
    String missing = ns.create(secured(ns, "missing", "[{name: not-there-yet}]"));
    ns.client().resource(secret("wrong", "guessed")).inNamespace(ns.name()).create();
    String wrong = ns.create(secured(ns, "wrong", "[{name: wrong}]"));
    ns.client().resource(secret("right", Registry.PASSWORD)).inNamespace(ns.name()).create();
    String right = ns.create(secured(ns, "right", "[{name: right}]"));

    requireReported(ns, none, "has none");
    requireReported(ns, missing, "not-there-yet");
    requireReported(ns, wrong, "wrong");
    ns.awaitRunning(right);

    step("the missing secret comes, the wrong one is corrected, one is named where none was");
    ns.client()
        .resource(secret("not-there-yet", Registry.PASSWORD))
        .inNamespace(ns.name())
        .create();
    ns.client().resource(secret("wrong", Registry.PASSWORD)).inNamespace(ns.name()).update();
    ns.patch(none, "{\"spec\":{\"template\":{\"imagePullSecrets\":[{\"name\":\"right\"}]}}}");
    for (String box : new String[] {none, missing, wrong}) {
      ns.awaitRunning(box);
      assertEquals(ns.name() + box, ns.sh(box, "cat /which"));
    }
  }

  private static void requireReported(TestNamespace ns, String box, String secret) {
    Condition ready = ns.awaitNotReady(box, "ImagePullFailed", Timeouts.CONDITION);
    assertTrue(ready.getMessage().contains("pull secrets"), ready.getMessage());
    assertTrue(ready.getMessage().contains(secret), ready.getMessage());
  }

  /**
   * A tag that moved on while a container runs, while it is stopped, and when it ends by itself.
   */
  @Test
  @AllowsLogs("Request refused.*ImageLayersChanged")
  void keepsItsOwnImageWhenTheTagMovesOn(TestNamespace ns) {
    String tag = registry.push("moving", "1", image("first"));
    String box = ns.create(box("box", tag, "imagePullPolicy: Always"));
    ns.awaitRunning(box);
    ns.sh(box, "echo kept >/kept");
    String imageID = ns.awaitImageID(box);

    step("the tag moves on, and the container ends: kubelet pulls the tag again");
    registry.push("moving", "1", image("second"));
    String uid = ns.getPod(box).getMetadata().getUid();
    ns.exec(box, "kill", "-TERM", "1");
    ns.awaitOtherPodReady(box, uid);
    ns.awaitRunning(box);
    assertIsFirst(ns, box, imageID);

    step("the provider pod is lost");
    String provider = ns.getPod(box + "-provider").getMetadata().getUid();
    ns.stopAndWait(box);
    ns.pod(box + "-provider").delete();
    ns.awaitOtherPodReady(box + "-provider", provider);
    ns.startAndWait(box);
    assertIsFirst(ns, box, imageID);

    step("a new one takes the new image");
    ns.create(box("new", tag, "imagePullPolicy: Always"));
    ns.awaitRunning("new");
    assertEquals("second second", ns.sh("new", "echo $(cat /which) $IMAGE_SAYS"));
  }

  private static void assertIsFirst(TestNamespace ns, String box, String imageID) {
    assertEquals("first first kept", ns.sh(box, "echo $(cat /which) $IMAGE_SAYS $(cat /kept)"));
    assertEquals(imageID, ns.awaitImageID(box));
  }

  private static Fixture secured(TestNamespace ns, String name, String secrets) {
    // One of its own for each: what one has pulled, others find on the node.
    String image = registry.push("private/" + name, "1", image(ns.name() + name));
    return box(name, image, "")
        .with("    container:", "    imagePullSecrets: " + secrets + "\n    container:");
  }

  private static Secret secret(String name, String password) {
    return new SecretBuilder()
        .withNewMetadata()
        .withName(name)
        .endMetadata()
        .withType("kubernetes.io/dockerconfigjson")
        .withStringData(Map.of(".dockerconfigjson", registry.dockerConfig(password)))
        .build();
  }

  private static TestImage image(String which) {
    return TestImage.busybox()
        .withFile("which", which)
        .with("Env", List.of("PATH=/bin", "IMAGE_SAYS=" + which));
  }

  private static Fixture box(String name, String image, String more) {
    return Fixture.of("container.yaml")
        .with("name: box", "name: " + name)
        .with("image: " + TestNamespace.BUSYBOX, "image: " + image + "\n      " + more);
  }
}
