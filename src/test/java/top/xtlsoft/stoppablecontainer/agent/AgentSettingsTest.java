package top.xtlsoft.stoppablecontainer.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.StorageSettings;

class AgentSettingsTest {

  @Test
  void hasDefaultsForAllButTheNode() {
    AgentSettings settings = AgentSettings.from(Map.of("NODE_NAME", "n"));
    assertEquals("/run/containerd/containerd.sock", settings.criSocketPath());
    assertEquals(StorageSettings.from(Map.of()), settings.storage());
    assertThrows(IllegalArgumentException.class, () -> AgentSettings.from(Map.of()));
  }

  @Test
  void takesTheSocketAsAnEndpoint() {
    assertEquals(
        "/run/crio.sock",
        AgentSettings.from(Map.of("NODE_NAME", "n", "SC_CRI_SOCKET", "unix:///run/crio.sock"))
            .criSocketPath());
  }

  @ParameterizedTest
  @ValueSource(strings = {"relative", "/", "/a/", "/a,b c", "/a:b", "/a/../b", "/a\\b"})
  void refusesPrefixesThatNoOptionCouldHold(String prefix) {
    Map<String, String> env = Map.of("NODE_NAME", "n", "SC_ALLOWED_HOST_PATH_PREFIXES", prefix);
    assertThrows(IllegalArgumentException.class, () -> AgentSettings.from(env));
  }
}
