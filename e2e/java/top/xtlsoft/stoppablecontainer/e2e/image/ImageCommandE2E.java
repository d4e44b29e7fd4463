package top.xtlsoft.stoppablecontainer.e2e.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Registry;
import top.xtlsoft.stoppablecontainer.e2e.support.TestImage;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/**
 * ENTRYPOINT and CMD of the image, command and args of the template: the program that runs is
 * compared with that of a plain pod, and not with what we believe the kubelet does.
 */
@ClusterTest
class ImageCommandE2E {

  private static final String PROGRAM = "/bin/scratch";

  @Test
  void runsWhatAPlainPodRuns(TestNamespace ns) {
    assumeTrue(ClusterEnv.get().embedded(), "only the embedded cluster pulls from this process");
    try (Registry registry = Registry.start()) {
      Map<String, Container> cases = cases(registry);
      Pod plain = plainPod(ns, cases);
      cases.forEach((name, container) -> ns.create(fixture(name, container)));
      String nothing = ns.create(fixture("nothing", container(image(registry, "none")).build()));
      cases.keySet().forEach(ns::awaitRunning);

      step("compare the first process of each");
      Map<String, String> expected = new LinkedHashMap<>();
      Map<String, String> found = new LinkedHashMap<>();
      for (String name : cases.keySet()) {
        expected.put(name, program(ns, plain.getMetadata().getName(), name));
        found.put(name, program(ns, name, ""));
      }
      assertEquals(text(expected), text(found));
      assertEquals(
          cases.size(), found.values().stream().filter(w -> w.contains("scratch]")).count());

      step("an image without a command is reported");
      Condition ready = ns.awaitNotReady(nothing, "CrashLoopBackOff", Timeouts.CONDITION);
      assertTrue(ready.getMessage().contains("neither ENTRYPOINT nor CMD"), ready.getMessage());
    }
  }

  private static Map<String, Container> cases(Registry registry) {
    String both = image(registry, "both");
    String entrypoint = image(registry, "entrypoint");
    String cmd = image(registry, "cmd");
    String shell = image(registry, "shell");
    String none = image(registry, "none");
    Map<String, Container> cases = new LinkedHashMap<>();
    cases.put("both", container(both).build());
    cases.put("both-args", container(both).withArgs("of", "args").build());
    cases.put("both-command", container(both).withCommand(PROGRAM, "of command").build());
    cases.put("both-command-args", container(both).withCommand(PROGRAM, "c").withArgs("a").build());
    cases.put(
        "both-empty-lists", container(both).withCommand(List.of()).withArgs(List.of()).build());
    cases.put(
        "both-odd-args",
        container(both).withArgs("", " ", "--", "two\nlines", "'\"\\", "ü", "-h").build());
    cases.put(
        "both-variables",
        container(both)
            .addNewEnv()
            .withName("NAME")
            .withValue("value of it")
            .endEnv()
            .withArgs("$(NAME)", "$$(NAME)", "$(MISSING)", "$NAME", "$(IMAGE_SAYS)")
            .build());
    cases.put(
        "command-variables",
        container(none)
            .addNewEnv()
            .withName("NAME")
            .withValue("value")
            .endEnv()
            .withCommand(PROGRAM, "$(NAME)", "$$(NAME)")
            .build());
    cases.put("entrypoint", container(entrypoint).build());
    cases.put("entrypoint-args", container(entrypoint).withArgs("of args").build());
    cases.put("cmd", container(cmd).build());
    cases.put("cmd-args", container(cmd).withArgs(PROGRAM, "instead").build());
    cases.put("shell", container(shell).build());
    cases.put("shell-args", container(shell).withArgs("ignored by sh -c").build());
    cases.put("none-args", container(none).withArgs(PROGRAM, "only args").build());
    return cases;
  }

  /** Made of one image: what differs is in the config alone. */
  private static String image(Registry registry, String kind) {
    TestImage base = TestImage.busybox();
    List<String> entrypoint =
        switch (kind) {
          case "both", "entrypoint" -> List.of(PROGRAM, "of entrypoint", "$(IMAGE_SAYS)");
          case "shell" -> List.of("/bin/sh", "-c", "exec scratch \"$IMAGE_SAYS\" shell form");
          default -> List.of();
        };
    List<String> cmd =
        switch (kind) {
          case "both" -> List.of("of", "cmd", "", "$(HOME)");
          case "cmd" -> List.of(PROGRAM, "of cmd");
          case "shell" -> List.of("/bin/sh", "-c", "of cmd");
          default -> List.of();
        };
    return registry.push(kind, "1", base.with("Entrypoint", entrypoint).with("Cmd", cmd));
  }

  private static ContainerBuilder container(String image) {
    return new ContainerBuilder().withImage(image);
  }

  private static Pod plainPod(TestNamespace ns, Map<String, Container> cases) {
    Pod pod =
        new PodBuilder()
            .withNewMetadata()
            .withName("plain")
            .endMetadata()
            .withNewSpec()
            .withTerminationGracePeriodSeconds(5L)
            .withContainers(
                cases.entrySet().stream()
                    .map(e -> new ContainerBuilder(e.getValue()).withName(e.getKey()).build())
                    .toList())
            .endSpec()
            .build();
    return ns.createPod(new Fixture(Serialization.asYaml(pod)));
  }

  private static Fixture fixture(String name, Container container) {
    return new Fixture(
        """
        apiVersion: stoppablecontainer.xtlsoft.top/v1alpha1
        kind: StoppableContainer
        metadata: {name: %s}
        spec:
          running: true
          template:
            terminationGracePeriodSeconds: 5
            container: %s
        """
            .formatted(name, Serialization.asJson(container)));
  }

  /** What the first process runs in the end: sc-exec and shells become that program. */
  private static String program(TestNamespace ns, String pod, String container) {
    return Awaitility.await("the program of %s %s".formatted(pod, container))
        .atMost(Timeouts.CONDITION)
        .until(
            () -> words(ns.execIn(pod, container, "cat", "/proc/1/cmdline").ok()),
            words -> words.startsWith("[scratch]") || words.startsWith("[" + PROGRAM + "]"));
  }

  private static String words(String cmdline) {
    return "[" + cmdline.replace("\0", "][") + "]";
  }

  private static String text(Map<String, String> lines) {
    return String.join(
        "\n", lines.entrySet().stream().map(e -> e.getKey() + " " + e.getValue()).toList());
  }
}
