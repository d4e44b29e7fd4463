package top.xtlsoft.stoppablecontainer.e2e.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.Condition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import top.xtlsoft.stoppablecontainer.api.InstancePhase;
import top.xtlsoft.stoppablecontainer.api.LastExit;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerPhase;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** Containers that end by themselves, under each restart policy. */
@ClusterTest
class EndingE2E {

  @Test
  void oneThatSucceedsIsStoppedAndStartedAgainOnlyByItsUser(TestNamespace ns) {
    String box = ns.create(once("exit 0"));

    StoppableContainer done = awaitEnded(ns, box, StoppableContainerPhase.STOPPED);
    Condition ended = TestNamespace.condition(done, "Ended").orElseThrow();
    assertEquals("Completed", ended.getReason());
    assertTrue(ended.getMessage().contains("exit code 0"), ended.getMessage());
    assertEquals(0, done.getStatus().lastExit().exitCode());
    ns.awaitEvent(box, "Normal Completed", e -> "Completed".equals(e.getReason()));
    assertEquals("begun", ns.kubectl("logs", box).ok());

    step("its pod is deleted, as by a drain");
    ns.pod(box).delete();
    String provider = box + "-provider";
    String uid = ns.getPod(provider).getMetadata().getUid();
    ns.pod(provider).delete();
    ns.awaitOtherPodReady(provider, uid);
    assertNull(ns.pod(box).get(), "the consumer pod");
    assertEquals(ended, TestNamespace.condition(ns.sc(box).get(), "Ended").orElseThrow());

    step("stopped and started, it runs on its files");
    StoppableContainer stopped = ns.stopAndWait(box);
    assertTrue(TestNamespace.condition(stopped, "Ended").isEmpty());
    ns.start(box);
    awaitEnded(ns, box, StoppableContainerPhase.STOPPED);
    assertEquals("begun\nbegun again", ns.kubectl("logs", box).ok());
  }

  @Test
  void failedContainerIsReportedAndStartedAgainOnlyByItsUser(TestNamespace ns) {
    String box = ns.create(once("exit 3"));

    StoppableContainer failed = awaitEnded(ns, box, StoppableContainerPhase.FAILED);
    Condition ended = TestNamespace.condition(failed, "Ended").orElseThrow();
    assertEquals("ContainerFailed", ended.getReason());
    assertTrue(ended.getMessage().contains("exit code 3"), ended.getMessage());
    assertTrue(ended.getMessage().contains("kubectl logs box"), ended.getMessage());
    assertEquals(3, failed.getStatus().lastExit().exitCode());
    ns.awaitEvent(
        box,
        "Warning ContainerFailed",
        e -> "Warning".equals(e.getType()) && "ContainerFailed".equals(e.getReason()));

    ns.stopAndWait(box);
    ns.start(box);
    awaitEnded(ns, box, StoppableContainerPhase.FAILED);
    assertEquals("begun\nbegun again", ns.kubectl("logs", box).ok());
  }

  @Test
  void oneThatFailsIsStartedAgainByOnFailureUntilItSucceeds(TestNamespace ns) {
    String box =
        ns.create(
            once("[ $(wc -l </log) = 2 ] || exit 4; exit 0")
                .with("restartPolicy: Never", "restartPolicy: OnFailure"));

    StoppableContainer done = awaitEnded(ns, box, StoppableContainerPhase.STOPPED);
    assertEquals(1, done.getStatus().restartCount());
    assertEquals(0, done.getStatus().lastExit().exitCode());
    assertEquals("Completed", TestNamespace.condition(done, "Ended").orElseThrow().getReason());
  }

  @ParameterizedTest
  @CsvSource({
    "Never, 0, STOPPED, Completed",
    "OnFailure, 0, STOPPED, Completed",
    "Never, 3, FAILED, ContainerFailed"
  })
  void oneEndsWithItsMainContainerWhateverItsSidecarsDo(
      String policy, int code, StoppableContainerPhase phase, String reason, TestNamespace ns) {
    String box =
        ns.create(
            new Fixture(
                """
                apiVersion: stoppablecontainer.xtlsoft.top/v1alpha1
                kind: StoppableContainer
                metadata: {name: box}
                spec:
                  running: true
                  template:
                    spec:
                      restartPolicy: %s
                      terminationGracePeriodSeconds: 2
                      containers:
                        - name: main
                          image: %s
                          command: [sh, -c, "echo begun; exit %d"]
                        - {name: log, image: %s, command: [sleep, infinity]}
                """
                    .formatted(policy, TestNamespace.BUSYBOX, code, TestNamespace.BUSYBOX)));
    StoppableContainer ended = awaitEnded(ns, box, phase);
    assertEquals(reason, TestNamespace.condition(ended, "Ended").orElseThrow().getReason());
    assertEquals(code, ended.getStatus().lastExit().exitCode());
    assertEquals("begun", ns.kubectl("logs", box).ok());
    step("kubelet ends the sidecar, too");
    TestNamespace.await(
        ns.pod(box),
        "Failed",
        pod -> pod != null && "Failed".equals(pod.getStatus().getPhase()),
        Timeouts.STOPPED);

    step("started again, it runs again");
    ns.stopAndWait(box);
    ns.start(box);
    awaitEnded(ns, box, phase);
  }

  @Test
  void reportsAnEndByDeadlineOrOutOfMemory(TestNamespace ns) {
    String late =
        ns.create(
            once("sleep 3600 & wait")
                .with("name: box", "name: late")
                .with("restartPolicy: Never", "activeDeadlineSeconds: 2"));
    String greedy =
        ns.create(
            once("exec tail /dev/zero")
                .with("name: box", "name: greedy")
                .with("      command", "      resources: {limits: {memory: 24Mi}}\n      command"));

    StoppableContainer killed = awaitKilledForMemory(ns, greedy);
    assertEquals("OOMKilled", killed.getStatus().lastExit().reason());
    assertEquals(137, killed.getStatus().lastExit().exitCode());
    assertEquals(9, killed.getStatus().lastExit().signal());
    String message = killed.getStatus().message();
    assertTrue(message.contains("OOMKilled, SIGKILL"), message);
    assertTrue(message.contains("resources.limits.memory"), message);

    String deadline = awaitEnded(ns, late, StoppableContainerPhase.FAILED).getStatus().message();
    assertTrue(deadline.contains("activeDeadlineSeconds"), deadline);
  }

  /**
   * On a busy machine containerd may hear that a container has ended before it hears why, and says
   * {@code Error} (containerd's issue 12260): it is asked again with another start then.
   */
  private static StoppableContainer awaitKilledForMemory(TestNamespace ns, String box) {
    StoppableContainer ended = awaitEnded(ns, box, StoppableContainerPhase.FAILED);
    for (int start = 1; start < 4 && isCalledError(ended); start++) {
      step("killed, and the runtime does not know what for: start it again");
      ns.stopAndWait(box);
      ns.start(box);
      ended = awaitEnded(ns, box, StoppableContainerPhase.FAILED);
    }
    return ended;
  }

  private static boolean isCalledError(StoppableContainer ended) {
    LastExit exit = ended.getStatus().lastExit();
    return exit.exitCode() == 137 && "Error".equals(exit.reason());
  }

  /** What it writes is in its log, line by line, and the more the more often it ran. */
  private static Fixture once(String end) {
    return Fixture.of("ending.yaml")
        .with(
            "terminationGracePeriodSeconds: 1",
            "terminationGracePeriodSeconds: 1\n    restartPolicy: Never")
        .with(
            "while [ ! -e /end ]; do sleep 0.2; done; rm /end; exit 3",
            "[ -e /log ] && echo begun again >>/log || echo begun >/log; cat /log; " + end);
  }

  private static StoppableContainer awaitEnded(
      TestNamespace ns, String box, StoppableContainerPhase phase) {
    StoppableContainer ended = ns.awaitPhase(box, phase, "False", Timeouts.RUNNING);
    assertTrue(TestNamespace.condition(ended, "Ended").isPresent(), "condition Ended");
    InstancePhase same = InstancePhase.valueOf(phase.name());
    TestNamespace.await(
        ns.sci(box), same.name(), sci -> sci.getStatus().phase() == same, Timeouts.CONDITION);
    step("%s", ended.getStatus().message());
    return ended;
  }
}
