package top.xtlsoft.stoppablecontainer.e2e.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.DocPage;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;
import top.xtlsoft.stoppablecontainer.e2e.support.Types;
import top.xtlsoft.stoppablecontainer.e2e.support.Typist;

/**
 * The files of a container whose own programs do not run any more are had as docs/rescue.md says.
 */
@ClusterTest
class RescueE2E {

  private static final String PAGE = "docs/rescue.md";
  private static final String BOX = "workbench";
  private static final String LIBRARY = "/lib/x86_64-linux-gnu/libc.so.6";

  @BeforeEach
  void hasItsImages() {
    assumeTrue(ClusterEnv.get().embedded(), "their images are on the embedded cluster only");
  }

  @Test
  @Types(PAGE)
  void oneWithoutItsLibraryIsMendedFromInside(TestNamespace ns) {
    try (Typist typist = new Typist(ns).with("busybox:musl", TestNamespace.BUSYBOX)) {
      ns.create(DocPage.of("docs/tutorials/first-steps.md").file("workbench.yaml"));
      ns.awaitRunning(BOX);
      String before =
          ns.kubectl("get", "stoppablecontainer", BOX, "-o", "jsonpath={.spec.template.container}")
              .ok();
      ns.sh(BOX, "echo thesis >/root/thesis; mv " + LIBRARY + " /root/libc");
      ns.stopAndWait(BOX);
      ns.start(BOX);
      ns.awaitNotReady(BOX, "CrashLoopBackOff", Timeouts.RUNNING);

      typist.type(PAGE);
      step("mend it, and take the template of before");
      ns.execIn(BOX, "main", "/rescue/busybox", "mv", "/root/libc", LIBRARY).ok();
      ns.stopAndWait(BOX);
      ns.patch(BOX, "{\"spec\":{\"template\":{\"spec\":null,\"container\":" + before + "}}}");
      ns.startAndWait(BOX);
      assertEquals("thesis", ns.sh(BOX, "cat /root/thesis"));
    }
  }
}
