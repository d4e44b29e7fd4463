package top.xtlsoft.stoppablecontainer.e2e.support;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class PodDifferenceTest {

  private static final Path PAGE = Path.of("docs", "differences-from-pods.md");
  private static final String NOT_COMPARED = "What is not compared";

  @Test
  void isDocumentedUnderItsTitleAndNothingElseIs() throws IOException {
    List<String> titles =
        Files.readAllLines(PAGE).stream()
            .filter(line -> line.startsWith("## "))
            .map(line -> line.substring(3))
            .filter(title -> !title.equals(NOT_COMPARED))
            .toList();
    assertEquals(Arrays.stream(PodDifference.values()).map(PodDifference::title).toList(), titles);
  }
}
