package top.xtlsoft.stoppablecontainer.agent.cri;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.api.AgentReason;
import top.xtlsoft.stoppablecontainer.api.MainContainer;

/** ENTRYPOINT and CMD of consumer pods' images, for those pods that need them. */
public final class ImageCommands {

  private static final String WANTED = "--image-entrypoint";

  /** More than the gateway's own deadline, which a thread that is waited for may not have begun. */
  private static final Duration DEADLINE = Duration.ofSeconds(15);

  private final ImageGateway images;
  private final Executor executor;
  private final Duration deadline;

  public ImageCommands(ImageGateway images, Executor executor) {
    this(images, executor, DEADLINE);
  }

  ImageCommands(ImageGateway images, Executor executor, Duration deadline) {
    this.images = images;
    this.executor = executor;
    this.deadline = deadline;
  }

  /**
   * Begins to ask for what the pod's stoppable container runs by itself. A pod that gives a command
   * of its own doesn't need to know, and the runtime is not asked.
   */
  public CompletableFuture<ImageCommand> of(Pod pod) {
    return MainContainer.of(pod)
        .filter(container -> container.getCommand().contains(WANTED))
        .map(Container::getImage)
        .map(this::ask)
        .orElseGet(() -> CompletableFuture.completedFuture(ImageCommand.NONE));
  }

  private CompletableFuture<ImageCommand> ask(String image) {
    return CompletableFuture.supplyAsync(() -> images.command(image), executor)
        .orTimeout(deadline.toMillis(), TimeUnit.MILLISECONDS)
        .thenApply(command -> required(command, image));
  }

  /**
   * Waits for the answer.
   *
   * @throws RefusedException ImageUnavailable if the runtime knows no such image
   * @throws StatusRuntimeException if it can't be reached
   * @throws NotYetException if it does not answer in time
   */
  public static ImageCommand await(CompletableFuture<ImageCommand> command) {
    try {
      return command.join();
    } catch (CompletionException e) {
      switch (e.getCause()) {
        case RuntimeException failure -> throw failure;
        case TimeoutException late ->
            throw NotYetException.untilRetry("the container runtime does not answer");
        default -> throw e;
      }
    }
  }

  private static ImageCommand required(Optional<ImageCommand> command, String image) {
    return command.orElseThrow(
        () ->
            new RefusedException(
                AgentReason.IMAGE_UNAVAILABLE,
                "the container runtime does not tell ENTRYPOINT and CMD of "
                    + image
                    + ": give a command"));
  }
}
