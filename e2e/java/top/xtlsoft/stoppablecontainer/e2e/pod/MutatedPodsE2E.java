package top.xtlsoft.stoppablecontainer.e2e.pod;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.MutatingWebhook;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** Pods that others change, as a mirror of images or a service mesh does, or take away. */
@ClusterTest
class MutatedPodsE2E {

  private static final Map<String, Object> PROXY =
      Map.of(
          "op",
          "add",
          "path",
          "/spec/containers/0",
          "value",
          Map.of(
              "name",
              "proxy",
              "image",
              TestNamespace.BUSYBOX,
              "command",
              List.of("sleep", "9999")));

  @BeforeEach
  void needsTheNodesCable() {
    assumeTrue(ClusterEnv.get().embedded(), "the API server must reach the test process");
  }

  @Test
  void aWebhookThatNamesImagesInFullHasNoPodMadeTwice(TestNamespace ns) {
    try (MutatingWebhook webhook = MutatingWebhook.start(ns, MutatedPodsE2E::imagesInFull)) {
      String box = ns.create(Fixture.of("container.yaml"));
      ns.awaitRunning(box);
      assertTrue(
          image(ns.getPod(box), "main").startsWith("docker.io/"), "the webhook changed the image");
      ns.sh(box, "echo kept >/root/file");
      ns.stopAndWait(box);
      ns.startAndWait(box);
      assertEquals("kept", ns.sh(box, "cat /root/file"));
      assertEquals(1, webhook.made("box-provider"), "provider pods made");
      assertEquals(2, webhook.made(box), "consumer pods made in two starts");
    }
  }

  @Test
  void aContainerThatAWebhookPutsFirstIsNotTakenForTheMainOne(TestNamespace ns) {
    try (MutatingWebhook webhook = MutatingWebhook.start(ns, pod -> List.of(PROXY))) {
      String box =
          ns.create(
              Fixture.of("ending.yaml")
                  .with("rm /end; exit 3", "rm /end; echo ended >>/ends; exit 7"));
      ns.awaitRunning(box);
      assertEquals(
          "ready",
          ns.kubectl("exec", box, "--", "sh", "-c", "touch /end; echo ready").ok(),
          "kubectl exec means the main container");
      StoppableContainer restarted =
          TestNamespace.await(
              ns.sc(box),
              "main was started again",
              sc ->
                  sc.getStatus().lastExit() != null
                      && Integer.valueOf(1).equals(sc.getStatus().restartCount()),
              Timeouts.CONDITION);
      assertEquals(7, restarted.getStatus().lastExit().exitCode());
      ns.awaitRunning(box);
      assertEquals("ended", ns.execIn(box, "main", "cat", "/ends").ok());
      assertEquals(1, webhook.made("box-provider"), "provider pods made");
      assertEquals(1, webhook.made(box), "consumer pods made");

      step("a template that leaves the command to the image");
      String plain =
          ns.create(
              Fixture.of("container.yaml")
                  .with("name: box", "name: plain")
                  .with(
                      "      command: [sh, -c, \"trap 'exit 0' TERM; echo started"
                          + " >>/var/log/starts; sleep 86400 & wait\"]",
                      "      args: [sleep, '86400']"));
      ns.awaitRunning(plain);
    }
  }

  @Test
  void recreatesAndReportsAPodThatIsDeletedAgainAndAgainWithBackOff(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    String provider = box + "-provider";
    step("it is deleted whenever it is there, until the status says why it waits");
    CompletableFuture<StoppableContainer> reported =
        CompletableFuture.supplyAsync(
            () ->
                TestNamespace.await(
                    ns.sc(box),
                    "reported",
                    sc ->
                        sc.getStatus()
                            .message()
                            .contains("Pod box-provider was made several times"),
                    Timeouts.CONDITION));
    Set<String> deleted = new HashSet<>();
    while (!reported.isDone()) {
      deleted.add(ns.getPod(provider).getMetadata().getUid());
      ns.forceDelete(provider);
      TestNamespace.await(
          ns.pod(provider),
          "made again",
          pod -> pod != null && !deleted.contains(pod.getMetadata().getUid()),
          Timeouts.CONDITION);
    }
    reported.join();
    assertTrue(deleted.size() >= 5, "the first ones were made again at once: " + deleted.size());
    step("it runs all the time, and its provider comes again");
    ns.awaitRunning(box);
    ns.awaitPodReady(provider);
  }

  private static List<Map<String, Object>> imagesInFull(JsonNode pod) {
    List<Map<String, Object>> patch = new ArrayList<>();
    JsonNode containers = pod.path("spec").path("containers");
    for (int i = 0; i < containers.size(); i++) {
      String image = containers.get(i).path("image").asText();
      if (!image.startsWith("sha256:")) {
        patch.add(
            Map.of(
                "op",
                "replace",
                "path",
                "/spec/containers/" + i + "/image",
                "value",
                "docker.io/" + image));
      }
    }
    return patch;
  }

  private static String image(Pod pod, String container) {
    return pod.getSpec().getContainers().stream()
        .filter(c -> c.getName().equals(container))
        .findFirst()
        .orElseThrow()
        .getImage();
  }
}
