package top.xtlsoft.stoppablecontainer.operator.kube;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.time.Clock;
import java.util.Map;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.operator.pass.Given;

class WrittenItemStoreTest {

  private static final String KEY = "ns/box";

  private final WrittenItemStore<StoppableContainerInstance> store =
      new WrittenItemStore<>(Clock.systemUTC());

  private static StoppableContainerInstance instance(String uid, String version) {
    StoppableContainerInstance instance = Given.instance(Given.sc(true), true, true);
    instance.getMetadata().setUid(uid);
    instance.getMetadata().setResourceVersion(version);
    return instance;
  }

  private static StoppableContainerInstance instance(String version) {
    return instance("uid", version);
  }

  private String version() {
    StoppableContainerInstance instance = store.get(KEY);
    return instance == null ? null : instance.getMetadata().getResourceVersion();
  }

  @Test
  void showsAWriteBeforeItsEvent() {
    store.put(KEY, instance("9"));
    store.wrote(instance("9"), instance("11"));
    assertEquals("11", version());
  }

  @Test
  void showsAWriteOfANewOneBeforeTheEventOfEither() {
    store.created(instance("9"));
    assertEquals("9", version());
    store.wrote(instance("9"), instance("11"));
    assertEquals("11", version());
    store.put(KEY, instance("9"));
    assertEquals("11", version());
  }

  @Test
  void showsTheLastOfSeveralWrites() {
    store.put(KEY, instance("9"));
    store.wrote(instance("9"), instance("11"));
    store.wrote(instance("11"), instance("12"));
    store.put(KEY, instance("11"));
    assertEquals("12", version());
  }

  @Test
  void showsALaterChangeOfAnotherClient() {
    store.put(KEY, instance("9"));
    store.wrote(instance("9"), instance("11"));
    store.put(KEY, instance("100"));
    assertEquals("100", version());
  }

  /** The answer of the API server can be slower than the watch. */
  @Test
  void showsTheEventOfALaterChangeThatComesBeforeTheAnswer() {
    store.put(KEY, instance("12"));
    store.wrote(instance("9"), instance("11"));
    assertEquals("12", version());
  }

  @Test
  void showsNoWriteOfAnInstanceThatIsGone() {
    store.put(KEY, instance("9"));
    store.remove(KEY);
    store.wrote(instance("9"), instance("11"));
    assertNull(version());
  }

  @Test
  void showsNoWriteOfAnEarlierInstanceOfTheName() {
    store.put(KEY, instance("another", "10"));
    store.wrote(instance("9"), instance("11"));
    assertEquals("10", version());
  }

  /** A start that came before the event would run the program with what the parked pod has left. */
  @Test
  void showsWhatAParkedPodRequestsSinceItsResize() {
    WrittenItemStore<Pod> pods = new WrittenItemStore<>(Clock.systemUTC());
    pods.put(KEY, parked("9", "1"));
    pods.wrote(parked("9", "1"), parked("11", "10m"));
    assertEquals(
        Map.of("cpu", new Quantity("10m")),
        pods.get(KEY).getSpec().getContainers().getFirst().getResources().getRequests());
  }

  private static Pod parked(String version, String cpu) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace("ns")
        .withName("box")
        .withUid("uid")
        .withResourceVersion(version)
        .addToAnnotations(ApiNames.ANNOTATION_PARKED, "true")
        .endMetadata()
        .withNewSpec()
        .addNewContainer()
        .withName("main")
        .addNewVolumeMount()
        .withName(ApiNames.VOLUME_REQUEST)
        .withMountPath(ApiNames.MOUNT_REQUEST)
        .endVolumeMount()
        .withNewResources()
        .addToRequests("cpu", new Quantity(cpu))
        .endResources()
        .endContainer()
        .endSpec()
        .build();
  }
}
