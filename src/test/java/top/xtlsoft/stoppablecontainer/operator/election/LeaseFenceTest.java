package top.xtlsoft.stoppablecontainer.operator.election;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import top.xtlsoft.stoppablecontainer.runtime.apiserver.ApiServerClients;

@EnableKubernetesMockClient(crud = true)
@Timeout(60)
class LeaseFenceTest {

  private final AtomicLong nanoTime = new AtomicLong(-5);
  private final LeaseFence fence = new LeaseFence(Duration.ofSeconds(12), nanoTime::get);

  private KubernetesMockServer server;
  private KubernetesClient client;
  private KubernetesClient fenced;

  @BeforeEach
  void setUp() {
    fenced = ApiServerClients.guarded(client.getConfiguration(), fence).build();
  }

  @AfterEach
  void close() {
    fenced.close();
  }

  private void pass(Duration time) {
    nanoTime.addAndGet(time.toNanos());
  }

  private int written() {
    return client.configMaps().inNamespace("ns").list().getItems().size();
  }

  private ConfigMap write(String name) {
    return fenced
        .resource(
            new ConfigMapBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace("ns")
                .endMetadata()
                .build())
        .create();
  }

  @Test
  void refusesWritesBeforeLeaseIsHeld() {
    assertThrows(KubernetesClientException.class, () -> write("early"));
    assertEquals(0, written());
  }

  @Test
  void allowsWritesWhileLeaseIsFresh() {
    fence.renewed(fence.now());
    pass(Duration.ofSeconds(11));
    write("in-time");
    assertEquals(1, written());
  }

  @Test
  void refusesWritesWhenLeaseIsOld() {
    fence.renewed(fence.now());
    pass(Duration.ofSeconds(13));
    assertThrows(KubernetesClientException.class, () -> write("late"));
    assertEquals(0, written());
    assertEquals(0, fenced.configMaps().inNamespace("ns").list().getItems().size());
  }

  /** A process can be paused between any two of its steps. */
  @Test
  void refusesBodyWhenLeaseGetsOldAfterHeaders() {
    AtomicInteger looks = new AtomicInteger();
    LeaseFence stopped =
        new LeaseFence(
            Duration.ofSeconds(12),
            () -> looks.incrementAndGet() < 3 ? 0 : Duration.ofSeconds(13).toNanos());
    stopped.renewed(stopped.now());
    try (KubernetesClient late =
        ApiServerClients.guarded(client.getConfiguration(), stopped).build()) {
      ConfigMap map =
          new ConfigMapBuilder().withNewMetadata().withName("late").endMetadata().build();
      assertThrows(
          KubernetesClientException.class, () -> late.resource(map).inNamespace("ns").create());
    }
    assertTrue(looks.get() >= 3, "it looked " + looks + " times");
    assertEquals(0, written());
  }

  /** The API server is unreachable for longer than the lease is trusted, as during its restart. */
  @Test
  void failsRetriedWriteWhenLeaseExpires() {
    fence.renewed(fence.now());
    server
        .expect()
        .post()
        .withPath("/api/v1/namespaces/ns/configmaps")
        .andReply(
            HttpURLConnection.HTTP_UNAVAILABLE,
            request -> {
              pass(Duration.ofSeconds(13));
              return "";
            })
        .always();
    assertThrows(KubernetesClientException.class, () -> write("late"));
  }

  @Test
  void countsFromStartOfRenewal() {
    long begin = fence.now();
    pass(Duration.ofSeconds(5));
    fence.renewed(begin);
    pass(Duration.ofSeconds(8));
    assertThrows(KubernetesClientException.class, () -> write("late"));
  }

  @Test
  void refusesWritesAfterRelease() {
    fence.renewed(fence.now());
    fence.givenBack();
    assertThrows(KubernetesClientException.class, () -> write("late"));
  }

  @Test
  void allowsWritesOfLeases() {
    fenced
        .resource(
            new LeaseBuilder()
                .withNewMetadata()
                .withName("lease")
                .withNamespace("ns")
                .endMetadata()
                .build())
        .create();
  }
}
