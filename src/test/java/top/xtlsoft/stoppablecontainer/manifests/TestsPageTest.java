package top.xtlsoft.stoppablecontainer.manifests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

class TestsPageTest {

  @Test
  void isFresh() throws IOException {
    assertEquals(Files.readString(TestsPage.FILE), TestsPage.render(), "make manifests renews it");
  }
}
