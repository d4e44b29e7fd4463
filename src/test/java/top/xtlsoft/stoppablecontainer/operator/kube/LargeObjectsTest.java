package top.xtlsoft.stoppablecontainer.operator.kube;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What one user writes must not end the operator of all. */
@Timeout(180)
class LargeObjectsTest {

  /** 40 % of the memory limit in kustomize/operator/deployment.yaml. */
  private static final String HEAP = "-Xmx128m";

  @Test
  void listsMoreThanTheHeapHolds() throws IOException, InterruptedException {
    try (ManyLargeObjects server = new ManyLargeObjects()) {
      Process caches =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  HEAP,
                  "-XX:+ExitOnOutOfMemoryError",
                  "-cp",
                  System.getProperty("java.class.path"),
                  SmallHeap.class.getName(),
                  server.url())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      String output = new String(caches.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(0, caches.waitFor(), output);
      assertTrue(output.endsWith("small=true large=false\n"), output);
    }
  }
}
