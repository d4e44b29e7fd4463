package top.xtlsoft.stoppablecontainer.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Operator and agent accept the same prefixes. */
class HostPathPrefixesTest {

  private static HostPathPrefixes of(String list) {
    return HostPathPrefixes.from(Map.of("SC_ALLOWED_HOST_PATH_PREFIXES", list));
  }

  @Test
  void readsFoldersWithCommasBetweenThem() {
    assertEquals(List.of("/a", "/b/c.d-e_f"), of(" /a, /b/c.d-e_f,,/a").folders());
    assertEquals(List.of("/var/lib/stoppablecontainer"), HostPathPrefixes.from(Map.of()).folders());
  }

  @Test
  void acceptsFoldersWithACommonBeginning() {
    assertEquals(List.of("/data", "/data2", "/data.old"), of("/data,/data2,/data.old").folders());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ",",
        "relative",
        "/",
        "/a/",
        "/a,b c",
        "/a:b",
        "/a/../b",
        "/a/./b",
        "/..",
        "/a\\b"
      })
  void refusesInvalidFolders(String list) {
    assertThrows(IllegalArgumentException.class, () -> of(list));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/data,/data/ns1", "/data/a/b/c,/x,/data", "/data,/data/.orphans"})
  void refusesFoldersThatLieInEachOther(String list) {
    assertThrows(IllegalArgumentException.class, () -> of(list));
  }
}
