package top.xtlsoft.stoppablecontainer.e2e.support;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.ExecWatch;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs a command in a container through the API, as kubectl exec does. */
public final class PodExec {

  /** Exit code that the client gives a command that the runtime could not begin. */
  static final int NOT_BEGUN = -1;

  private PodExec() {}

  static Result run(
      KubernetesClient client, String namespace, String pod, String container, String... command) {
    return run(client, Timeouts.COMMAND, namespace, pod, container, command);
  }

  /** Runs a command with a timeout; without a container's name, in the first container. */
  public static Result run(
      KubernetesClient client,
      Duration timeout,
      String namespace,
      String pod,
      String container,
      String... command) {
    String text = "exec " + pod + ": " + String.join(" ", command);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    var target = client.pods().inNamespace(namespace).withName(pod);
    try (ExecWatch watch =
        (container.isEmpty() ? target : target.inContainer(container))
            .writingOutput(out)
            .writingError(err)
            .exec(command)) {
      Integer exit = watch.exitCode().get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      if (exit == null) {
        throw new AssertionError(text + ": the API gave no exit code");
      }
      return new Result(text, exit, text(out), text(err));
    } catch (TimeoutException e) {
      throw new AssertionError(
          "%s: not done within %s; stdout: %s; stderr: %s"
              .formatted(text, timeout, text(out), text(err)),
          e);
    } catch (ExecutionException e) {
      throw new AssertionError(text + ": " + e.getCause().getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted in " + text, e);
    }
  }

  private static String text(ByteArrayOutputStream bytes) {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
