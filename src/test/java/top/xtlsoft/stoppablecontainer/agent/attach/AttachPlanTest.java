package top.xtlsoft.stoppablecontainer.agent.attach;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.process.MountInfo;
import top.xtlsoft.stoppablecontainer.api.AgentReason;

class AttachPlanTest {

  private static final String VOLUMES =
      "/var/lib/containerd/io.containerd.grpc.v1.cri/containers/" + "0".repeat(64) + "/volumes/x";

  private static AttachPlan plan(String... lines) {
    return AttachPlan.of(MountInfo.parse(String.join("\n", lines)), "/", false);
  }

  @Test
  void takesTheMountsOnTheRootInTheirOrder() {
    assertEquals(
        List.of("/proc", "/dev"),
        plan(
                "10 1 0:1 / / rw - overlay overlay rw",
                "11 10 0:2 / /proc rw - proc proc rw",
                "12 10 0:3 / /dev rw - tmpfs tmpfs rw",
                "13 12 0:4 / /dev/pts rw - devpts devpts rw")
            .children());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/.sc-bin", "/.sc-ready"})
  void refusesVolumeThatCoversOneOfTheProjectsFolders(String folder) {
    String root = "10 1 0:1 / / rw - overlay overlay rw";
    String ours = "11 10 8:1 /var/lib/kubelet/pods/u/volumes/a %s ro - ext4 /dev/x rw";
    String users = "12 11 8:1 /var/lib/kubelet/pods/u/volumes/b %s rw - ext4 /dev/x rw";
    assertEquals(List.of(folder), plan(root, ours.formatted(folder)).children());
    RefusedException refused =
        assertThrows(
            RefusedException.class,
            () -> plan(root, ours.formatted(folder), users.formatted(folder)));
    assertEquals(AgentReason.MOUNT_POINT_CONFLICT, refused.reason());
  }

  @Test
  void leavesVolumesOfTheImageToTheFileSystem() {
    assertEquals(
        List.of("/data/own", "/other"),
        plan(
                "10 1 0:1 / / rw - overlay overlay rw",
                "11 10 8:1 " + VOLUMES + " /data rw - ext4 /dev/x rw",
                "12 11 0:3 / /data/own rw - tmpfs tmpfs rw",
                "13 10 8:1 /var/lib/kubelet/pods/u/volumes/y /other rw - ext4 /dev/x rw")
            .children());
  }

  @Test
  void makesTheWorkingDirectoryThatLiesOnNoMount() {
    assertEquals(Optional.of("/srv/app"), workingDirectory("/srv/app"));
    assertEquals(Optional.of("/volume"), workingDirectory("/volume"));
    assertEquals(Optional.of("/mounted-not"), workingDirectory("/mounted-not"));
    assertEquals(Optional.empty(), workingDirectory("/mounted"));
    assertEquals(Optional.empty(), workingDirectory("/mounted/folder"));
  }

  private static Optional<String> workingDirectory(String path) {
    String mounts =
        """
        10 1 0:1 / / rw - overlay overlay rw
        11 10 8:1 %s /volume rw - ext4 /dev/x rw
        12 10 0:3 / /mounted rw - tmpfs tmpfs rw
        """;
    return AttachPlan.of(MountInfo.parse(mounts.formatted(VOLUMES)), path, false)
        .workingDirectory();
  }

  @Test
  void makesTheRootAndTheRuntimesOwnFilesWritableWhereThatIsWanted() {
    String sandbox = "/run/io.containerd.grpc.v1.cri/sandboxes/" + "a".repeat(64);
    MountInfo mounts =
        MountInfo.parse(
            """
            10 1 0:1 / / ro,nodev - overlay overlay rw
            11 10 8:1 %s/hostname /etc/hostname ro - ext4 /dev/x rw
            12 10 8:1 /var/lib/kubelet/pods/u/volumes/y/hostname /etc/other ro - ext4 /dev/x rw
            """
                .formatted(sandbox));
    AttachPlan writable = AttachPlan.of(mounts, "/", true);
    assertEquals(Linux.MOUNT_ATTR_NODEV, writable.attributes());
    assertEquals(Set.of("/etc/hostname"), writable.unlocked());
    AttachPlan readOnly = AttachPlan.of(mounts, "/", false);
    assertEquals(Linux.MOUNT_ATTR_RDONLY | Linux.MOUNT_ATTR_NODEV, readOnly.attributes());
    assertEquals(Set.of(), readOnly.unlocked());
  }

  @Test
  void keepsASharedRootShared() {
    assertTrue(plan("10 1 0:1 / / rw master:2 shared:7 - overlay overlay rw").shared());
    assertFalse(plan("10 1 0:1 / / rw master:2 - overlay overlay rw").shared());
    assertFalse(plan("10 1 0:1 / / rw - overlay shared:7 rw").shared());
  }

  @Test
  void keepsAReadOnlyRootReadOnly() {
    assertEquals(
        Linux.MOUNT_ATTR_RDONLY | Linux.MOUNT_ATTR_NODEV,
        plan("10 1 0:1 / / ro,nodev,relatime - overlay overlay rw").attributes());
    assertEquals(0, plan("10 1 0:1 / / rw,relatime - overlay overlay ro").attributes());
  }
}
