package top.xtlsoft.stoppablecontainer.e2e.docs;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Types;
import top.xtlsoft.stoppablecontainer.e2e.support.Typist;

/** The commands of the pages for developers, except those that would disturb other tests. */
@ClusterTest
// The others run beside what takes minutes here.
@Order(1)
class DevelopmentE2E {

  @BeforeEach
  void haveTheirCluster() {
    assumeTrue(ClusterEnv.get().embedded(), "they are about the embedded cluster");
  }

  @Test
  @Types("docs/development.md#Targets")
  void whatMakeCanDo(TestNamespace ns) {
    try (Typist typist = new Typist(ns)) {
      typist.type("docs/development.md", "Targets");
    }
  }

  @Test
  @Types("docs/development.md#Clusters")
  void waysIntoTheCluster(TestNamespace ns) {
    try (Typist typist = new Typist(ns)) {
      typist.type("docs/development.md", "Clusters");
    }
  }

  @Test
  @Types("e2e/cluster/README.md")
  void theEmbeddedCluster(TestNamespace ns) {
    try (Typist typist = new Typist(ns)) {
      typist.type("e2e/cluster/README.md");
    }
  }
}
