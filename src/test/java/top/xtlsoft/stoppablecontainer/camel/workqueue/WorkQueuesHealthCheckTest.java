package top.xtlsoft.stoppablecontainer.camel.workqueue;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.health.HealthCheck;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import top.xtlsoft.stoppablecontainer.camel.ScHeaders;

/** Only a restart ends a hanging worker, so the check is part of liveness. */
@Timeout(60)
class WorkQueuesHealthCheckTest {

  private final CountDownLatch hang = new CountDownLatch(1);
  private final CountDownLatch began = new CountDownLatch(2);
  private final DefaultCamelContext camel = new DefaultCamelContext();
  private final WorkQueuesHealthCheck check = new WorkQueuesHealthCheck(() -> camel);

  @BeforeEach
  void start() throws Exception {
    camel.addRoutes(
        new RouteBuilder() {
          @Override
          public void configure() {
            from("sc-workqueue:watched?stallSeconds=1").process(exchange -> work());
            from("sc-workqueue:long?stallSeconds=0").process(exchange -> work());
            from("sc-workqueue:idle?stallSeconds=1").autoStartup(false).process(e -> work());
          }
        });
    camel.start();
  }

  @AfterEach
  void stop() {
    hang.countDown();
    camel.stop();
  }

  private void work() throws InterruptedException {
    began.countDown();
    hang.await();
  }

  private void put(String queue) {
    camel
        .createProducerTemplate()
        .sendBodyAndHeader("sc-workqueue:" + queue, null, ScHeaders.KEY, "ns/box");
  }

  private HealthCheck.State live() {
    return check.call().getState();
  }

  @Test
  void livenessFailsWhileWorkerHangs() throws Exception {
    assertEquals(HealthCheck.State.UP, live());
    put("watched");
    put("long");
    began.await();
    await().until(() -> live() == HealthCheck.State.DOWN);
    assertTrue(check.isLiveness());
    assertFalse(check.isReadiness(), "not part of readiness");
    hang.countDown();
    await().until(() -> live() == HealthCheck.State.UP);
  }

  @Test
  void liveWithUnlimitedWorkOrWithoutWorkers() throws Exception {
    put("long");
    put("idle");
    WorkQueue waiting = camel.getComponent("sc-workqueue", WorkQueueComponent.class).queue("idle");
    await().until(() -> waiting.oldestWait().toMillis() > 1500);
    assertEquals(HealthCheck.State.UP, live());
  }
}
