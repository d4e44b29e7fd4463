package top.xtlsoft.stoppablecontainer.agent.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PodCgroupTest {

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
    assertEquals(expected, PodCgroup.of("ab-12").matches(line + "\n"));
  }
}
