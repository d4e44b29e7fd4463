package top.xtlsoft.stoppablecontainer.camel.workqueue;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.mock.MockEndpoint;
import org.apache.camel.test.junit5.CamelTestSupport;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.camel.ScHeaders;

class WorkQueueRouteTest extends CamelTestSupport {

  private final AtomicInteger running = new AtomicInteger();
  private final AtomicInteger mostRunning = new AtomicInteger();

  @Override
  protected RoutesBuilder createRouteBuilder() {
    return new RouteBuilder() {
      @Override
      public void configure() {
        from("direct:put").to("sc-workqueue:keys");
        from("sc-workqueue:keys?workers=4")
            .process(e -> mostRunning.accumulateAndGet(running.incrementAndGet(), Math::max))
            .to("mock:worked")
            .process(e -> running.decrementAndGet());
      }
    };
  }

  private void put(String key) {
    template.sendBodyAndHeader("direct:put", "", ScHeaders.KEY, key);
  }

  @Test
  void routeReceivesKey() throws Exception {
    MockEndpoint worked = getMockEndpoint("mock:worked");
    worked.expectedBodiesReceived("ns/one");
    worked.expectedHeaderReceived(ScHeaders.KEY, "ns/one");
    put("ns/one");
    worked.assertIsSatisfied();
  }

  @Test
  void retriesUntilRouteSucceeds() throws Exception {
    MockEndpoint worked = getMockEndpoint("mock:worked");
    worked.expectedMessageCount(3);
    AtomicInteger attempts = new AtomicInteger();
    worked.whenAnyExchangeReceived(
        e -> {
          if (attempts.incrementAndGet() < 3) {
            running.decrementAndGet();
            throw new IllegalStateException("not yet");
          }
        });
    put("ns/one");
    worked.assertIsSatisfied();
  }

  @Test
  void runsAgainWhenRouteRequeues() throws Exception {
    MockEndpoint worked = getMockEndpoint("mock:worked");
    worked.expectedMessageCount(2);
    worked.whenExchangeReceived(
        1, e -> e.getMessage().setHeader(ScHeaders.REQUEUE_AFTER, Duration.ofMillis(5)));
    put("ns/one");
    worked.assertIsSatisfied();
  }

  @Test
  void oneWorkerHasAKey() throws Exception {
    MockEndpoint worked = getMockEndpoint("mock:worked");
    worked.expectedMinimumMessageCount(1);
    for (int i = 0; i < 1000; i++) {
      put("ns/one");
    }
    worked.assertIsSatisfied();
    assertEquals(1, mostRunning.get());
  }
}
