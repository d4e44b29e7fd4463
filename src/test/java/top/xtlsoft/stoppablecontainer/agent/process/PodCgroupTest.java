package top.xtlsoft.stoppablecontainer.agent.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PodCgroupTest {

  private static final String ID =
      "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  private static final String OTHER =
      "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";

  @ParameterizedTest
  @CsvSource({
    "4:memory:/kubepods/besteffort/podab-12/0123, true",
    "0::/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-podab_12.slice/cri-x, true",
    "0::/system.slice/kubepods-besteffort-podab_12.slice:cri-containerd:0123, true",
    "0::/../podab-12/0123, true",
    "0::/kubepods/podab-123/0123, false",
    "0::/kubepods/podxab-12/0123, false",
    "0::/kubepods/podcd-12/xpodab-12, false",
    "0::/, false"
  })
  void tellsPodsApart(String line, boolean expected) {
    assertEquals(expected, PodCgroup.parse(line + "\n").isOf("ab-12"));
  }

  /** A container that may write to cgroups makes some below its own. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "0::/kubepods/podcd-12/" + ID + "/podab-12/" + OTHER,
        "0::/../podcd-12/" + ID + "/podab-12/" + OTHER,
        "0::/kubepods.slice/kubepods-podcd_12.slice/cri-containerd-"
            + ID
            + ".scope/podab-12/"
            + OTHER,
        "0::/kubepods.slice/kubepods-podcd_12.slice:cri-containerd:"
            + ID
            + "/kubepods-podab_12.slice/cri-containerd-"
            + OTHER
            + ".scope",
        "0::/kubepods/podcd-12:x/podab-12/" + ID,
        "4:memory:/kubepods/podcd-12/" + ID + "\n1:name=systemd:/kubepods/podab-12/" + OTHER,
        "4:memory:/kubepods/podab-12/" + OTHER + "\n1:name=systemd:/kubepods/podcd-12/" + ID
      })
  void takesNoCgroupOfAContainersMakingForAPods(String text) {
    PodCgroup cgroup = PodCgroup.parse(text);
    assertFalse(cgroup.isOf("ab-12"));
    assertTrue(cgroup.isOfAnyPod());
    assertNotEquals(Optional.of(OTHER), cgroup.containerId());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0::/kubepods/podab-12/" + ID,
        "0::/kubepods/podab-12/" + ID + "/init.scope/" + OTHER,
        "0::/kubepods.slice/kubepods-podab_12.slice/cri-containerd-" + ID + ".scope",
        "0::/kubepods.slice/kubepods-podab_12.slice/crio-" + ID + ".scope/" + OTHER,
        "0::/system.slice/kubepods-besteffort-podab_12.slice:cri-containerd:" + ID,
        "9:pids:/\n4:memory:/kubepods/podab-12/" + ID + "\n1:cpu:/kubepods/podab-12/" + ID
      })
  void knowsTheContainer(String text) {
    assertEquals(Optional.of(ID), PodCgroup.parse(text).containerId());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"0::/kubepods/podab-12", "0::/kubepods/podab-12/podab-12/" + ID, "0::/" + ID})
  void knowsNoContainerOutsideOfOne(String text) {
    assertEquals(Optional.empty(), PodCgroup.parse(text).containerId());
  }
}
