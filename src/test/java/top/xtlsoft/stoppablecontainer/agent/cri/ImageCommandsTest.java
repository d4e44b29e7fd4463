package top.xtlsoft.stoppablecontainer.agent.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.api.ApiNames;

/** A runtime that does not answer delays only the pod that needs the answer. */
@Timeout(60)
class ImageCommandsTest {

  /** Takes questions and never asks them. */
  private final List<Runnable> waiting = new ArrayList<>();

  private final ImageGateway nowhere = new ImageGateway("/nowhere");
  private final ImageCommands commands =
      new ImageCommands(nowhere, waiting::add, Duration.ofMillis(50));

  private static Pod pod(String... command) {
    return new PodBuilder()
        .withNewSpec()
        .addNewContainer()
        .withName("main")
        .withImage("image:1")
        .withCommand(command)
        .addNewVolumeMount()
        .withName(ApiNames.VOLUME_REQUEST)
        .endVolumeMount()
        .endContainer()
        .endSpec()
        .build();
  }

  @Test
  void asksOnAThreadOfItsOwnAndGivesUpInTime() {
    CompletableFuture<ImageCommand> command = commands.of(pod("sc-exec", "--image-entrypoint"));
    assertEquals(1, waiting.size());
    assertThrows(NotYetException.class, () -> ImageCommands.await(command));
  }

  @Test
  void doesNotAskForAPodThatHasACommand() {
    assertEquals(ImageCommand.NONE, ImageCommands.await(commands.of(pod("sc-exec", "sh"))));
    assertEquals(List.of(), waiting);
  }
}
