package top.xtlsoft.stoppablecontainer.operator.election;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaderElectionRecord;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

@EnableKubernetesMockClient
class ReportingLockTest {

  private static final ZonedDateTime NOW = ZonedDateTime.of(2026, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);

  private static final String LEASES = "/apis/coordination.k8s.io/v1/namespaces/ns/leases";

  private final ReportingLock lock = new ReportingLock(new LeaseLock("ns", "lease", "me"));
  private final Logger logger = (Logger) LoggerFactory.getLogger(ReportingLock.class);
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();

  private KubernetesMockServer server;
  private KubernetesClient client;

  @BeforeEach
  void listen() {
    log.start();
    logger.setLevel(Level.INFO);
    logger.addAppender(log);
  }

  @AfterEach
  void listenNoMore() {
    logger.detachAppender(log);
    logger.setLevel(null);
  }

  private static Lease lease() {
    return new LeaseBuilder()
        .withNewSpec()
        .withHolderIdentity("me")
        .withLeaseDurationSeconds(15)
        .withAcquireTime(NOW)
        .withRenewTime(NOW)
        .withLeaseTransitions(0)
        .endSpec()
        .build();
  }

  private void answerReads(int code, Object body, int times) {
    server.expect().get().withPath(LEASES + "/lease").andReturn(code, body).times(times);
  }

  private void failToRead() {
    assertThrows(KubernetesClientException.class, () -> lock.get(client));
  }

  private List<Level> levels() {
    return log.list.stream().map(ILoggingEvent::getLevel).toList();
  }

  @Test
  void warnsOnlyOfFailureAfterAnotherOne() {
    answerReads(403, "", 1);
    answerReads(200, lease(), 1);
    answerReads(403, "", 3);
    failToRead();
    lock.get(client);
    failToRead();
    failToRead();
    failToRead();
    assertEquals(List.of(Level.INFO, Level.INFO, Level.WARN, Level.WARN), levels());
  }

  @Test
  void warnsOfWritesThatFailBetweenReadsThatDoNot() {
    LeaderElectionRecord mine = new LeaderElectionRecord("me", Duration.ofSeconds(15), NOW, NOW, 0);
    answerReads(200, lease(), 2);
    server.expect().post().withPath(LEASES).andReturn(403, "").times(2);
    for (int i = 0; i < 2; i++) {
      lock.get(client);
      assertThrows(KubernetesClientException.class, () -> lock.create(client, mine));
    }
    assertEquals(List.of(Level.INFO, Level.WARN), levels());
  }
}
