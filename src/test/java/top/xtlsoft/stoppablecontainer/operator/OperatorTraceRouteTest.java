package top.xtlsoft.stoppablecontainer.operator;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.UserAnnotation;

/** What the shipped routes log of a resource whose annotation asks for it, and of others. */
@EnableKubernetesMockClient(crud = true)
class OperatorTraceRouteTest {

  private static final String SPEC =
      "{running: true, template: {container: {image: 'image:1', command: [run], env: [{name: PASSWORD, value: hush}]}}}";

  private final Logger traceLog =
      (Logger) LoggerFactory.getLogger("top.xtlsoft.stoppablecontainer.trace");
  private final Lines lines = new Lines();

  private KubernetesClient client;
  private RunningOperator operator;
  @TempDir private Path binaries;

  /** Each line of the trace behind the name that it is logged under. */
  private static final class Lines extends AppenderBase<ILoggingEvent> {

    private final List<String> all = new CopyOnWriteArrayList<>();

    @Override
    protected void append(ILoggingEvent event) {
      Map<String, String> keys = event.getMDCPropertyMap();
      all.add(
          keys.get("sc.namespace") + "/" + keys.get("sc.name") + " " + event.getFormattedMessage());
    }
  }

  @BeforeEach
  void start() throws IOException {
    traceLog.setLevel(Level.INFO);
    lines.start();
    traceLog.addAppender(lines);
    operator = RunningOperator.start(client, binaries);
  }

  @AfterEach
  void stop() {
    operator.close();
    traceLog.detachAppender(lines);
    traceLog.setLevel(null);
  }

  @Test
  void showsOnlyTheStepsOfTheTracedResource() {
    create("other", "{}");
    create("box", "{%s: 'true'}".formatted(UserAnnotation.TRACE.key()));
    operator.untilProvider("other");
    operator.untilProvider("box");
    untilLine("ns/box sc-reconcile ends");

    assertTrue(lines.all.stream().allMatch(line -> line.startsWith("ns/box ")), lines::toString);
    assertLine("ns/box sc-watch-resources begins ns/box ADDED");
    assertLine(
        "ns/box sc-watch-resources/queue-resource \\S+ ms -> sc-workqueue:reconcile ns/box.*");
    assertLine("ns/box sc-validate/validate \\S+ ms ns/box nothing");
    assertLine("ns/box sc-instance/create-instance \\S+ ms ns/box createInstance");
    assertLine("ns/box sc-provider/create-provider \\S+ ms ns/box createProvider");
    assertFalse(lines.all.stream().anyMatch(line -> line.contains("hush")), lines.all::toString);
  }

  @ParameterizedTest
  @ValueSource(strings = {"True", "1", "", "true ", "${header.ScKey}"})
  void ignoresOtherValues(String value) {
    create("box", "{%s: '%s'}".formatted(UserAnnotation.TRACE.key(), value));
    operator.untilProvider("box");
    assertEquals(List.of(), lines.all);
    assertFalse(UserAnnotation.TRACE.isOn(instance("box")));
  }

  @Test
  void traceFollowsTheAnnotationAndReachesTheAgent() {
    create("box", "{}");
    operator.untilProvider("box");
    assertFalse(UserAnnotation.TRACE.isOn(instance("box")));

    annotate("box", Optional.of("\"true\""));
    untilLine("ns/box sc-reconcile/hand-trace-on");
    await()
        .atMost(RunningOperator.PATIENCE)
        .until(() -> UserAnnotation.TRACE.isOn(instance("box")));

    annotate("box", Optional.empty());
    await()
        .atMost(RunningOperator.PATIENCE)
        .until(() -> !UserAnnotation.TRACE.isOn(instance("box")));
    int before = lines.all.size();
    create("other", "{}");
    operator.untilProvider("other");
    assertEquals(before, lines.all.size(), lines.all::toString);
  }

  private void create(String name, String annotations) {
    operator.create(name, annotations, SPEC);
  }

  private void annotate(String name, Optional<String> value) {
    client
        .resources(StoppableContainer.class)
        .inNamespace(RunningOperator.NAMESPACE)
        .withName(name)
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"metadata\":{\"annotations\":{\"%s\":%s}}}"
                .formatted(UserAnnotation.TRACE.key(), value.orElse("null")));
  }

  private StoppableContainerInstance instance(String name) {
    return client
        .resources(StoppableContainerInstance.class)
        .inNamespace(RunningOperator.NAMESPACE)
        .withName(name)
        .get();
  }

  private void untilLine(String begin) {
    await()
        .atMost(RunningOperator.PATIENCE)
        .until(() -> lines.all.stream().anyMatch(l -> l.startsWith(begin)));
  }

  private void assertLine(String pattern) {
    assertTrue(lines.all.stream().anyMatch(line -> line.matches(pattern)), lines.all::toString);
  }
}
