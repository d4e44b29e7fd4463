package top.xtlsoft.stoppablecontainer.operator.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Static checks of the files. PageE2E tests them in a browser. */
class PageFileTest {

  private static final Path SOURCES = Path.of("src/main/resources/page");

  /** DOM functions that turn text into markup or code, or that navigate. */
  private static final Pattern DANGEROUS =
      Pattern.compile(
          "innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|setHTMLUnsafe|DOMParser|document\\.write|\\beval\\b|new"
              + " Function|srcdoc|javascript:|location\\s*=|window\\.open|localStorage|document\\.cookie");

  /** Other origins; allowed are the SVG namespace and the help's address of kubectl proxy. */
  private static final Pattern ELSEWHERE =
      Pattern.compile(
          "(?:https?:)?//(?!www\\.w3\\.org/2000/svg|127\\.0\\.0\\.1:8001)[a-z0-9-]+\\.");

  private static final Pattern INLINE =
      Pattern.compile("<script(?![^>]*\\bsrc=)|<style|\\sstyle=|\\son[a-z]+=");

  private static final Pattern IMPORT = Pattern.compile("from '\\./([a-z]+\\.js)'");

  static Stream<PageFile> files() {
    return PageFile.all().stream();
  }

  @Test
  void servesEachFileOfFolder() throws IOException {
    Set<String> served =
        files()
            .map(file -> file.path().equals("/") ? "index.html" : file.path().substring(1))
            .collect(Collectors.toSet());
    try (Stream<Path> sources = Files.list(SOURCES)) {
      assertEquals(
          sources.map(source -> source.getFileName().toString()).collect(Collectors.toSet()),
          served);
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void usesNoUnsafeDomFunction(PageFile file) {
    String text = file.content().toString();
    for (Pattern unwanted : List.of(DANGEROUS, ELSEWHERE, INLINE)) {
      assertEquals(
          List.of(), unwanted.matcher(text).results().map(found -> found.group()).toList());
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void importsExist(PageFile file) {
    Set<String> paths = files().map(PageFile::path).collect(Collectors.toSet());
    IMPORT
        .matcher(file.content().toString())
        .results()
        .forEach(found -> assertTrue(paths.contains("/" + found.group(1)), found.group()));
  }

  /** For slow connections and for the operator's memory. */
  @Test
  void isSmall() {
    assertTrue(files().mapToInt(file -> file.content().length).sum() < 80_000);
  }
}
