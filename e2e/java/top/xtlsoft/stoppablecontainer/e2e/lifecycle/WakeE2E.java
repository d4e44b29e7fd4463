package top.xtlsoft.stoppablecontainer.e2e.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerPhase;
import top.xtlsoft.stoppablecontainer.api.Wanted;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Restricted;
import top.xtlsoft.stoppablecontainer.e2e.support.Result;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;
import top.xtlsoft.stoppablecontainer.e2e.support.Types;
import top.xtlsoft.stoppablecontainer.e2e.support.Typist;

/** Stopped containers that a connection starts. */
@ClusterTest
class WakeE2E {

  private static final String PAGE = "docs/wake.md";
  private static final int PORT = 7777;
  static final int SERVICE_PORT = 7;

  /** A pod to connect from. */
  private static String client(TestNamespace ns) {
    return ns.createPod(Fixture.of("foreign-pod.yaml")).getMetadata().getName();
  }

  /** Sends a word, ends its own side, and takes all that comes until the other side ends. */
  private static Result send(TestNamespace ns, String client, String word, String to, int port) {
    return ns.exec(
        client, "sh", "-c", "printf %s " + word + " | timeout 100 nc " + to + " " + port);
  }

  static String provider(String box) {
    return box + "-provider";
  }

  private static String providerAddress(TestNamespace ns, String box) {
    ns.awaitPodReady(provider(box));
    return ns.getPod(provider(box)).getStatus().getPodIP();
  }

  /** Waits until the provider pod has the label that the Service selects, or has it no more. */
  private static void awaitSelected(TestNamespace ns, String box, boolean selected) {
    TestNamespace.await(
        ns.pod(provider(box)),
        "the template's label " + (selected ? "on" : "off"),
        pod -> pod.getMetadata().getLabels().containsKey("app") == selected,
        Timeouts.CONDITION);
  }

  static String createStopped(TestNamespace ns, Fixture fixture) {
    String box = ns.create(fixture);
    ns.awaitStopped(box);
    awaitSelected(ns, box, true);
    return box;
  }

  /** Makes the Service of a box, and returns its address. */
  static String service(TestNamespace ns, String box) {
    ns.kubectlWithInput(
            Fixture.of("wake-service.yaml").with(": echo\n", ": " + box + "\n").text(),
            "apply",
            "-f",
            "-")
        .ok();
    return ns.client()
        .services()
        .inNamespace(ns.name())
        .withName(box)
        .get()
        .getSpec()
        .getClusterIP();
  }

  @Test
  void aConnectionStartsTheContainerAndIsServed(TestNamespace ns) {
    String client = client(ns);
    String box = createStopped(ns, Fixture.of("wake.yaml"));
    assertEquals("before", send(ns, client, "before", providerAddress(ns, box), PORT).ok());
    ns.awaitRunning(box);
    assertEquals("started", ns.sh(box, "cat /var/log/starts"));
    assertEquals(PORT, ns.status(box).wake().port());
    ns.awaitEvent(
        box,
        "Woken by the port",
        event ->
            "Woken".equals(event.getReason())
                && "A connection to port 7777 starts the container.".equals(event.getMessage()));
    assertEquals(Boolean.FALSE, ns.sc(box).get().getSpec().running(), "it stays the user's");

    step("the user stops it, and the next connection starts it again");
    ns.plugin("stop", box, "--wait").ok();
    assertEquals("again", send(ns, client, "again", providerAddress(ns, box), PORT).ok());
    ns.awaitRunning(box);
    assertEquals("started\nstarted", ns.sh(box, "cat /var/log/starts"));
  }

  @Test
  void aServiceLeadsToThePodThatAnswers(TestNamespace ns) {
    String client = client(ns);
    String service = service(ns, "echo");
    String box = createStopped(ns, Fixture.of("wake.yaml"));
    awaitEndpoint(ns, box, provider(box));
    assertEquals("first", send(ns, client, "first", service, SERVICE_PORT).ok());

    step("it runs, and the provider pod stands aside");
    ns.awaitRunning(box);
    awaitSelected(ns, box, false);
    awaitEndpoint(ns, box, box);
    assertEquals("second", send(ns, client, "second", service, SERVICE_PORT).ok());

    step("it is stopped, and the provider pod answers again");
    ns.plugin("stop", box, "--wait").ok();
    awaitSelected(ns, box, true);
    awaitEndpoint(ns, box, provider(box));
    assertEquals("third", send(ns, client, "third", service, SERVICE_PORT).ok());
    assertEquals("started\nstarted", ns.sh(box, "cat /var/log/starts"));
  }

  /** Waits until the Service leads to this pod and to no other. */
  static void awaitEndpoint(TestNamespace ns, String service, String pod) {
    TestNamespace.await(
        ns.client().endpoints().inNamespace(ns.name()).withName(service),
        "the endpoint " + pod,
        found ->
            found != null
                && found.getSubsets().stream()
                    .flatMap(subset -> subset.getAddresses().stream())
                    .map(address -> address.getTargetRef().getName())
                    .toList()
                    .equals(List.of(pod)),
        Timeouts.CONDITION);
  }

  @Test
  void aConnectionStartsThePodThatWaits(TestNamespace ns) {
    String client = client(ns);
    String box =
        createStopped(
            ns,
            Fixture.of("wake.yaml")
                .with("  running: false\n", "  running: false\n  whenStopped: Park\n"));
    TestNamespace.await(
        ns.sc(box),
        "parked",
        sc ->
            TestNamespace.condition(sc, "Parked")
                .filter(c -> "True".equals(c.getStatus()))
                .isPresent(),
        Timeouts.RUNNING);
    Pod waiting = ns.getPod(box);
    assertEquals("parked", send(ns, client, "parked", providerAddress(ns, box), PORT).ok());
    ns.awaitRunning(box);
    assertEquals(waiting.getMetadata().getUid(), ns.getPod(box).getMetadata().getUid());
  }

  @Test
  void aStartThatFailsEndsTheConnectionAndSaysWhy(TestNamespace ns) {
    String client = client(ns);
    String box =
        createStopped(
            ns,
            Fixture.of("wake.yaml")
                .with(
                    "    terminationGracePeriodSeconds: 5\n",
                    "    restartPolicy: Never\n    terminationGracePeriodSeconds: 1\n")
                .with("exec nc -ll -p 7777 -e cat", "exit 3"));
    // nc takes a reset for an end; its time would be over with another code.
    assertEquals("", send(ns, client, "before", providerAddress(ns, box), PORT).ok());
    ns.awaitNotReady(box, "ContainerFailed", Timeouts.CONDITION);
    assertEquals(StoppableContainerPhase.FAILED, ns.status(box).phase());
  }

  @Test
  void aStopOverrulesTheConnectionThatWaitsForABlockedStart(TestNamespace ns) {
    String client = client(ns);
    String box =
        createStopped(
            ns,
            Fixture.of("wake.yaml")
                .with(
                    "      ports:\n",
                    "      envFrom:\n        - configMapRef: {name: later}\n      ports:\n"));
    String address = providerAddress(ns, box);
    ns.exec(
            client,
            "sh",
            "-c",
            "{ printf x | timeout 100 nc %s %d; echo ended >/tmp/end; } >/dev/null 2>&1 &"
                .formatted(address, PORT))
        .ok();
    ns.awaitNotReady(box, "ContainerCreateFailed", Timeouts.CONDITION);
    String wokenAt = ns.status(box).wake().wokenAt();
    ns.plugin("stop", box, "--wait").ok();
    Awaitility.await("the reset of the connection")
        .atMost(Timeouts.CONDITION)
        .until(() -> ns.exec(client, "cat", "/tmp/end").exit() == 0);
    assertEquals(Wanted.STOPPED_BY_USER, ns.status(box).wanted());
    assertEquals(wokenAt, ns.status(box).wake().wokenAt());

    step("what blocked it is mended, and the next connection starts it");
    ns.kubectl("create", "configmap", "later").ok();
    assertEquals("later", send(ns, client, "later", address, PORT).ok());
    ns.awaitRunning(box);
  }

  @Test
  void onlyTheNetworksOfTheSpecStartIt(TestNamespace ns) {
    String client = client(ns);
    String box =
        createStopped(
            ns,
            Fixture.of("wake.yaml")
                .with("    ports: [7777]\n", "    ports: [7777]\n    from: [192.0.2.0/24]\n"));
    // nc may see the reset when it writes or when it reads; its time would be over with another
    // code.
    Result refused = send(ns, client, "before", providerAddress(ns, box), PORT);
    assertEquals("", refused.out());
    assertTrue(refused.exit() <= 1, refused::toString);
    assertNull(ns.sci(box).get().getStatus().agent().wake());

    step("another network");
    String before = ns.getPod(provider(box)).getMetadata().getUid();
    ns.patch(box, "{\"spec\":{\"wake\":{\"from\":[\"0.0.0.0/0\",\"::/0\"]}}}");
    ns.awaitOtherPodReady(provider(box), before);
    assertEquals("later", send(ns, client, "later", providerAddress(ns, box), PORT).ok());
    ns.awaitRunning(box);

    step("without it nothing listens");
    String listening = ns.getPod(provider(box)).getMetadata().getUid();
    ns.patch(box, "{\"spec\":{\"wake\":null}}");
    ns.awaitOtherPodReady(provider(box), listening);
    assertNotEquals(0, send(ns, client, "lost", providerAddress(ns, box), PORT).exit());
  }

  @Test
  @Restricted
  void listensInARestrictedNamespace(TestNamespace ns) {
    String client = ns.createPod(Fixture.of("restricted-pod.yaml")).getMetadata().getName();
    String box =
        ns.create(
            Fixture.of("restricted.yaml")
                .with("  running: true\n", "  running: false\n  wake:\n    ports: [7777]\n")
                .with("trap 'exit 0' TERM; sleep 86400 & wait", "exec nc -ll -p 7777 -e cat"));
    ns.awaitStopped(box);
    assertEquals("before", send(ns, client, "before", providerAddress(ns, box), PORT).ok());
    ns.awaitRunning(box);
  }

  @Test
  void theApiServerRefusesWhatCannotBe(TestNamespace ns) {
    for (String wrong :
        new String[] {
          "{\"ports\":[]}",
          "{\"ports\":[0]}",
          "{\"ports\":[65536]}",
          "{\"ports\":[1,1]}",
          "{\"ports\":[1],\"from\":[\"10.0.0.0\"]}",
          "{\"ports\":[1],\"coolDown\":\"soon\"}"
        }) {
      Result refused =
          ns.kubectlWithInput(
              Fixture.of("wake.yaml").text().replaceFirst("wake:\n.*\n", "wake: " + wrong + "\n"),
              "apply",
              "-f",
              "-");
      assertNotEquals(0, refused.exit(), wrong);
      assertTrue(refused.err().contains("spec.wake"), refused.err());
    }
  }

  @Test
  @Types(PAGE)
  void thePageIsTypedAsItSays(TestNamespace ns) {
    try (Typist typist = new Typist(ns)) {
      typist.type(PAGE);
    }
  }
}
