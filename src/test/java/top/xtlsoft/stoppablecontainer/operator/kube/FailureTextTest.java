package top.xtlsoft.stoppablecontainer.operator.kube;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class FailureTextTest {

  @Test
  void usesTheMessageOfTheFailure() {
    assertEquals("refused", FailureText.of(new KubernetesClientException("refused")));
    assertEquals(
        "cut off",
        FailureText.of(new KubernetesClientException(null, new IllegalStateException("cut off"))));
  }

  @Test
  void namesACauseWithoutAMessage() {
    assertEquals(
        "TimeoutException",
        FailureText.of(new KubernetesClientException(null, new TimeoutException())));
    assertEquals("TimeoutException", FailureText.of(new TimeoutException()));
    assertEquals(
        "java.util.concurrent.TimeoutException",
        FailureText.of(new ExecutionException(new TimeoutException())));
  }
}
