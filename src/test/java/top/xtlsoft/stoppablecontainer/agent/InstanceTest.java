package top.xtlsoft.stoppablecontainer.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InstanceTest {

  private static Instance.Restore keeping(List<String> paths) {
    return new Instance.Restore("uid", "before", "before-uid", paths);
  }

  @Test
  void keepsPathsOfAnyName() {
    List<String> paths = List.of("/home", "/srv/da ta", "/..a/.b", "/\u00e4", "/new\nline");
    assertEquals(paths, keeping(paths).keepPaths());
  }

  /** The API server lets none of these through; the agent is root and asks itself. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "//",
        "home",
        "/home/",
        "/home//dev",
        "/..",
        "/.",
        "/../etc",
        "/home/../etc",
        "/home/..",
        "/home/./dev",
        "/home\0/dev",
        "/.sc-bin",
        "/.sc-request/x"
      })
  void keepsNoPathThatIsNotOne(String path) {
    assertThrows(IllegalArgumentException.class, () -> keeping(List.of(path)));
  }

  @Test
  void keepsNoPathInAnotherOne() {
    assertThrows(IllegalArgumentException.class, () -> keeping(List.of("/srv/data", "/srv")));
    assertThrows(IllegalArgumentException.class, () -> keeping(List.of("/srv", "/srv")));
    assertEquals(2, keeping(List.of("/srv", "/srv-data")).keepPaths().size());
  }

  @Test
  void keepsNeitherTooManyNorTooLongPaths() {
    List<String> many = IntStream.range(0, 17).mapToObj(i -> "/" + i).toList();
    assertEquals(16, keeping(many.subList(0, 16)).keepPaths().size());
    assertThrows(IllegalArgumentException.class, () -> keeping(many));
    String longest = "/" + String.join("/", Collections.nCopies(512, "a"));
    assertEquals(1024, longest.length());
    assertEquals(List.of(longest), keeping(List.of(longest)).keepPaths());
    assertThrows(IllegalArgumentException.class, () -> keeping(List.of(longest + "a")));
  }
}
