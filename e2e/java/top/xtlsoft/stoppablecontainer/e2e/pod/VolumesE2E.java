package top.xtlsoft.stoppablecontainer.e2e.pod;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Node;
import top.xtlsoft.stoppablecontainer.e2e.support.Result;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;

/** A mount into a container stays a mount; a folder that only looks like one is kept. */
@ClusterTest
class VolumesE2E {

  @Test
  @Tag("node")
  void volumesHooksProbesAndInitContainersWorkAsInAPlainPod(TestNamespace ns) {
    ns.client()
        .resource(
            new ConfigMapBuilder()
                .withNewMetadata()
                .withName("settings")
                .endMetadata()
                .addToData("app.conf", "volume=yes")
                .build())
        .inNamespace(ns.name())
        .create();
    String box = ns.create(Fixture.of("volumes.yaml"));
    ns.awaitRunning(box);

    assertEquals("volume=yes", ns.sh(box, "cat /etc/app.conf"));
    assertEquals("volume=yes", ns.sh(box, "cat /not/in/the/image/app.conf"));
    assertEquals("by init", ns.sh(box, "cat /data/from-init"));
    assertEquals(1, ns.exec(box, "ls", "/root/from-init").exit());
    step("write to the volume and beside it");
    ns.sh(box, "echo gone >/data/file; echo kept >/root/file");

    ns.stopAndWait(box);
    ns.startAndWait(box);

    assertEquals("from-init", ns.sh(box, "ls /data"));
    assertEquals("kept", ns.sh(box, "cat /root/file"));
    assertEquals("hook\nhook", ns.sh(box, "cat /root/hooks"));
    assertEquals("volume=yes", ns.sh(box, "cat /etc/app.conf"));

    step("nothing of what is mounted got into the persistent layer");
    Node node = ns.node(box);
    String upper = ns.hostPath(box) + "/upper";
    assertEquals(List.of(), node.list(upper + "/data"));
    for (String file : List.of("etc/app.conf", "etc/hosts", "etc/hostname", "etc/resolv.conf")) {
      if (node.exists(upper + "/" + file)) {
        assertEquals(0, node.sizeBytes(upper + "/" + file), file);
      }
    }
    assertFalse(
        node.exists(upper + "/var/run/secrets/kubernetes.io/serviceaccount/token"), "the token");
  }

  @Test
  void foldersThatTheImageCallsVolumesAreKept(TestNamespace ns) {
    String box =
        ns.create(Fixture.of("container.yaml").with(TestNamespace.BUSYBOX, TestNamespace.VOLUME));
    ns.awaitRunning(box);

    assertEquals("from the image: edit", ns.sh(box, "cat /image/edit"));
    ns.sh(box, "echo edited >/image/edit; echo row >/var/lib/made-by-volume/table");
    ns.stopAndWait(box);
    ns.startAndWait(box);

    assertEquals("edited", ns.sh(box, "cat /image/edit"));
    assertEquals("row", ns.sh(box, "cat /var/lib/made-by-volume/table"));
  }

  /** Docker and its like need the volume that the page gives them. */
  @Test
  void anOverlayOfItsOwnNeedsAVolume(TestNamespace ns) {
    String box =
        ns.create(
            Fixture.of("container.yaml")
                .with(TestNamespace.BUSYBOX, TestNamespace.VOLUME)
                .with(
                    "    container:", "    volumes: [{name: images, emptyDir: {}}]\n    container:")
                .with(
                    "      command:",
                    "      securityContext: {privileged: true}\n"
                        + "      volumeMounts: [{name: images, mountPath: /images}]\n"
                        + "      command:"));
    ns.awaitRunning(box);
    assertEquals(0, mountOverlay(ns, box, "/images").exit());
    Result refused = mountOverlay(ns, box, "/var/lib/made-by-volume");
    assertTrue(refused.err().contains("Invalid argument"), refused.err());
  }

  private static Result mountOverlay(TestNamespace ns, String box, String folder) {
    String script =
        "cd %s && mkdir l u w m && mount -t overlay o -o lowerdir=l,upperdir=u,workdir=w m";
    return ns.exec(box, "sh", "-c", script.formatted(folder));
  }
}
