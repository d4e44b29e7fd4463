package top.xtlsoft.stoppablecontainer.operator.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceSpec;
import top.xtlsoft.stoppablecontainer.operator.pass.Given;

/** The image of pods while a restore puts a file system on another image. */
class PinnedImageTest {

  private static final String OLD = "image@sha256:1";

  private final StoppableContainer sc = Given.sc(false);
  private final StoppableContainerInstance before = instance(null, OLD, null);
  private final Pod old = Given.cached(Given.provider(sc, before));

  private StoppableContainerInstance instance(
      StoppableContainerInstanceSpec.@Nullable Source source,
      @Nullable String imageID,
      @Nullable String restored) {
    StoppableContainerInstance instance = Given.instance(sc, false, true);
    instance.setSpec(
        new StoppableContainerInstanceSpec(
            Given.NODE, "/var/lib/stoppablecontainer", "image:1", false, source, null));
    return Given.reported(
        instance,
        new AgentReport(
            new AgentReport.Mount(true, "boot", imageID), 2L, null, null, null, restored));
  }

  private StoppableContainerInstance toImage(@Nullable String imageID, @Nullable String restored) {
    return instance(
        new StoppableContainerInstanceSpec.Source(
            null, null, null, "r", "r-before", "before-uid", null, "image:2", null),
        imageID,
        restored);
  }

  private static boolean isOutdated(StoppableContainerInstance instance, Pod pod) {
    return PinnedImage.isOutdated(instance, pod, false);
  }

  @Test
  void replacesThePodsOfTheOldImage() {
    StoppableContainerInstance ordered = toImage(OLD, null);
    assertEquals("image:2", PinnedImage.of(ordered));
    assertTrue(isOutdated(ordered, old));
    assertFalse(isOutdated(ordered, Given.cached(Given.provider(sc, ordered))));
  }

  @Test
  void keepsThePodsOfTheNewImageWhenItIsDone() {
    Pod made = Given.cached(Given.provider(sc, toImage(OLD, null)));
    assertFalse(isOutdated(toImage(null, "r"), made), "its digest is not reported yet");
    StoppableContainerInstance done = toImage("image@sha256:2", "r");
    assertEquals("image@sha256:2", PinnedImage.of(done));
    assertFalse(isOutdated(done, made));
  }

  @Test
  void replacesThePodsOfTheNewImageWhenItIsGivenUp() {
    Pod made = Given.cached(Given.provider(sc, toImage(OLD, null)));
    assertEquals(OLD, PinnedImage.of(before));
    assertTrue(isOutdated(before, made));
    assertFalse(isOutdated(before, old));
  }

  @Test
  void pinsTheImageOfASnapshot() {
    StoppableContainerInstance ordered =
        instance(
            new StoppableContainerInstanceSpec.Source(
                "good",
                "uid",
                "image@sha256:3",
                "r",
                "r-before",
                "before-uid",
                null,
                "image:3",
                null),
            OLD,
            null);
    assertEquals("image@sha256:3", PinnedImage.of(ordered));
    assertTrue(isOutdated(ordered, old));
    assertEquals(Optional.of("r"), PinnedImage.exchange(ordered));
  }
}
