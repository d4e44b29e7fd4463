package top.xtlsoft.stoppablecontainer.operator.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.operator.model.Architecture;
import top.xtlsoft.stoppablecontainer.operator.model.NormalizedTemplate;
import top.xtlsoft.stoppablecontainer.operator.model.ProviderPodFactory;
import top.xtlsoft.stoppablecontainer.operator.pass.Decision;
import top.xtlsoft.stoppablecontainer.operator.pass.Given;

/** Provider pods that listen for a container that is stopped. */
class ProviderWakeTest {

  private static final String WEB = "{\"app\":\"web\"}";

  private final ProviderPlanner planner =
      new ProviderPlanner(new ProviderPodFactory(), Given.BINARIES_PLANNER);

  private static StoppableContainer sc(boolean running, String wake) {
    return Given.sc(
        """
        running: %s
        wake: %s
        provider: {metadata: {labels: {team: blue}}}
        template:
          metadata: {labels: {app: web, team: red}}
          container:
            image: image:1
            ports:
              - {name: http, containerPort: 8080, hostPort: 80}
              - {name: dns, containerPort: 8080, protocol: UDP}
              - {name: other, containerPort: 9090}
        """
            .formatted(running, wake));
  }

  private final StoppableContainer stopped = sc(false, "{ports: [8080, 70], from: [10.0.0.0/8]}");
  private final StoppableContainer started = sc(true, "{ports: [8080, 70], from: [10.0.0.0/8]}");

  private static StoppableContainerInstance instance(StoppableContainer sc) {
    return Given.instance(sc, Boolean.TRUE.equals(sc.getSpec().running()), true);
  }

  private static Pod provider(StoppableContainer sc) {
    return Given.mounted(Given.provider(sc, instance(sc)));
  }

  private static Pod labelled(Pod provider, String labels) {
    return new PodBuilder(provider)
        .editMetadata()
        .addToAnnotations(ApiNames.ANNOTATION_WAKE_LABELS, labels)
        .endMetadata()
        .build();
  }

  private Decision decide(StoppableContainer sc, Pod provider, @Nullable Pod consumer) {
    return planner.decide(Given.pass(sc, instance(sc), provider, consumer).observed());
  }

  private static Map<String, String> change(@Nullable String app) {
    return app == null ? Collections.singletonMap("app", null) : Map.of("app", app);
  }

  @Test
  void listensAsTheSpecSaysOnPortsWithTheirNames() {
    Container listener =
        new ProviderPodFactory()
            .provider(
                stopped,
                instance(stopped),
                NormalizedTemplate.of(stopped.getSpec()),
                new Architecture("amd64", false),
                "bin",
                false)
            .getSpec()
            .getContainers()
            .get(1);
    assertEquals(
        Arrays.asList(
            "/.sc-bin/sc-exec",
            "--request=mount",
            "--",
            "/.sc-bin/wake",
            "--port=8080",
            "--port=70",
            "--from=10.0.0.0/8"),
        listener.getCommand());
    assertEquals(1, listener.getPorts().size());
    assertEquals("http", listener.getPorts().getFirst().getName());
    assertNull(listener.getPorts().getFirst().getHostPort(), "the node's port is the container's");
  }

  @Test
  void isNotChangedByTheTemplatesLabelsWhenItIsMade() {
    assertFalse(provider(stopped).getMetadata().getLabels().containsKey("app"));
  }

  @Test
  void getsTheLabelsWhileTheContainerIsStopped() {
    assertEquals(
        new Decision.LabelProvider(change("web"), WEB), decide(stopped, provider(stopped), null));
    assertInstanceOf(
        Decision.Nothing.class, decide(stopped, labelled(provider(stopped), WEB), null));
  }

  @Test
  void keepsThemUntilTheContainerIsReady() {
    Pod provider = labelled(provider(started), WEB);
    Pod consumer = Given.consumer(started, instance(started));
    assertInstanceOf(Decision.Nothing.class, decide(started, provider, null));
    assertInstanceOf(Decision.Nothing.class, decide(started, provider, consumer));
    assertEquals(
        new Decision.LabelProvider(change(null), "{}"),
        decide(started, provider, Given.ready(consumer)));
  }

  @Test
  void doesNotGetThemWhenAContainerThatRunsIsNotReady() {
    assertInstanceOf(
        Decision.Nothing.class,
        decide(started, provider(started), Given.consumer(started, instance(started))));
  }

  @Test
  void losesALabelThatTheTemplateHasNoMore() {
    Decision.LabelProvider decision =
        assertInstanceOf(
            Decision.LabelProvider.class,
            decide(stopped, labelled(provider(stopped), "{\"app\":\"old\",\"gone\":\"1\"}"), null));
    assertEquals(List.of("app", "gone"), List.copyOf(decision.labels().keySet()));
    assertNull(decision.labels().get("gone"));
  }

  /** The annotation is text that others may write. */
  @Test
  void keepsTheLabelsThatItHasAnyway() {
    for (String foreign :
        List.of("{\"" + ApiNames.LABEL_ROLE + "\":\"x\",\"team\":\"y\"}", "no JSON", "[1]")) {
      assertEquals(
          new Decision.LabelProvider(change("web"), WEB),
          decide(stopped, labelled(provider(stopped), foreign), null));
    }
  }

  @Test
  void isReplacedWhenItListensOtherwise() {
    for (StoppableContainer changed :
        List.of(sc(false, "{ports: [8081]}"), sc(false, "null"), sc(true, "{ports: [8081]}"))) {
      assertInstanceOf(
          Decision.DeleteProvider.class,
          decide(changed, provider(stopped), null),
          changed::toString);
    }
    assertTrue(
        decide(stopped, provider(sc(false, "null")), null) instanceof Decision.DeleteProvider);
  }
}
