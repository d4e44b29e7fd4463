package top.xtlsoft.stoppablecontainer.e2e;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.TutorialPage;

/** What the tutorials tell to type does what they say. */
@ClusterTest
class TutorialsE2E {

  @ParameterizedTest
  @ValueSource(strings = {"dev-environment", "database"})
  void doWhatTheySay(String page, TestNamespace ns) {
    assumeTrue(ClusterEnv.get().embedded(), "their images are on the embedded cluster only");
    TutorialPage.of(page).follow(ns);
  }
}
