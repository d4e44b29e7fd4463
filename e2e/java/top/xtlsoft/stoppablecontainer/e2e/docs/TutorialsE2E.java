package top.xtlsoft.stoppablecontainer.e2e.docs;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Restricted;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Types;
import top.xtlsoft.stoppablecontainer.e2e.support.Typist;

/** The commands of the README and of the tutorials do what the pages say. */
@ClusterTest
class TutorialsE2E {

  @BeforeEach
  void haveTheirImages() {
    assumeTrue(ClusterEnv.get().embedded(), "their images are on the embedded cluster only");
  }

  @Test
  @Types("README.md#Use it")
  void theReadme(TestNamespace ns) throws Exception {
    try (Typist typist = new Typist(ns)) {
      Files.writeString(typist.folder().resolve("notes.txt"), "mine\n");
      typist.type("README.md", "Use it");
    }
  }

  @Test
  @Types("docs/tutorials/first-steps.md")
  void theFirstSteps(TestNamespace ns) {
    follow("docs/tutorials/first-steps.md", ns);
  }

  @Test
  @Types("docs/tutorials/dev-environment.md")
  void aMachineToWorkIn(TestNamespace ns) {
    follow("docs/tutorials/dev-environment.md", ns);
  }

  @Test
  @Types("docs/tutorials/database.md")
  void aDatabase(TestNamespace ns) {
    follow("docs/tutorials/database.md", ns);
  }

  @Test
  @Restricted
  @Types("docs/tutorials/agent-sandbox.md")
  void aSandboxForAnAgent(TestNamespace ns) {
    follow("docs/tutorials/agent-sandbox.md", ns);
  }

  private static void follow(String page, TestNamespace ns) {
    // Any port of the machine that runs the test.
    try (Typist typist = new Typist(ns).with(" 2222:", " :")) {
      typist.type(page);
    }
  }
}
