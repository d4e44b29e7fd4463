package top.xtlsoft.stoppablecontainer.agent.kube;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.MainContainer;

/** However much a user writes into a pod, the agent keeps little of it. */
class PodTrimmerTest {

  private static final String LARGE = "x".repeat(500_000);

  private static Pod trimmed() {
    Pod pod =
        Serialization.unmarshal(
            """
            metadata:
              namespace: ns
              name: box
              uid: uid-1
              labels: {stoppablecontainer.xtlsoft.top/role: consumer, app: box}
              annotations: {notes: LARGE, stoppablecontainer.xtlsoft.top/trace: "true"}
              ownerReferences:
              - {apiVersion: v1, kind: StoppableContainerInstance, name: box, uid: u, controller: true}
            spec:
              containers:
              - name: main
                image: i
                command: [/.sc-bin/sc-exec, --request=attach, --image-entrypoint, --, LARGE]
                args: [LARGE]
                env: [{name: A, value: LARGE}]
                volumeMounts:
                - {name: data, mountPath: LARGE}
                - {name: stoppablecontainer-request, mountPath: /.sc-request}
              - {name: sidecar, image: s, command: [LARGE, --image-entrypoint]}
            status:
              phase: Running
              message: LARGE
              conditions:
              - {type: stoppablecontainer.xtlsoft.top/attached, status: "True"}
              - {type: Other, status: "True", message: LARGE}
              containerStatuses:
              - {name: main, imageID: id, containerID: "containerd://c", restartCount: 2}
            """
                .replace("LARGE", LARGE)
                .replace(LARGE + ", --image", "x, --image"),
            Pod.class);
    PodTrimmer.trim(pod);
    return pod;
  }

  @Test
  void keepsWhatTheAgentReads() {
    Pod pod = trimmed();
    assertEquals("uid-1", pod.getMetadata().getUid());
    assertEquals("u", pod.getMetadata().getOwnerReferences().getFirst().getUid());
    assertEquals(Map.of(ApiNames.LABEL_ROLE, "consumer"), pod.getMetadata().getLabels());
    assertEquals(
        List.of("/.sc-bin/sc-exec", "--request=attach", "--image-entrypoint"),
        pod.getSpec().getContainers().getFirst().getCommand());
    assertEquals("main", MainContainer.of(pod).orElseThrow().getName());
    assertEquals("i", pod.getSpec().getContainers().getFirst().getImage());
    assertEquals("Running", pod.getStatus().getPhase());
    assertEquals(
        List.of(ApiNames.POD_CONDITION_ATTACHED),
        pod.getStatus().getConditions().stream().map(c -> c.getType()).toList());
    assertEquals("id", pod.getStatus().getContainerStatuses().getFirst().getImageID());
    assertEquals(2, pod.getStatus().getContainerStatuses().getFirst().getRestartCount());
  }

  @Test
  void keepsNothingThatGrowsWithWhatAUserWrites() {
    assertTrue(Serialization.asJson(trimmed()).length() < 2000);
  }
}
