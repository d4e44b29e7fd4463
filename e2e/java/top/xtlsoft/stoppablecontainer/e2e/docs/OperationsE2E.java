package top.xtlsoft.stoppablecontainer.e2e.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.ServerSocket;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.DocCommand;
import top.xtlsoft.stoppablecontainer.e2e.support.DocPage;
import top.xtlsoft.stoppablecontainer.e2e.support.Result;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Types;
import top.xtlsoft.stoppablecontainer.e2e.support.Typist;

/** The commands of docs/operations.md and docs/kubectl-plugin.md do what the pages say. */
@ClusterTest
class OperationsE2E {

  private static final String PAGE = "docs/operations.md";
  private static final String BOX = "workbench";

  /** Files, deletions, owners, modes and links, as the image has none of them. */
  private static final String CHANGES =
      "echo kept >/etc/motd; chmod 640 /etc/motd; chown 1:2 /etc/motd; rm -r /etc/skel /media;"
          + " mkdir -p /srv/made/here; ln -s ../etc/motd /srv/link; ln /etc/motd /etc/motd.too;"
          + " cp /bin/true /srv/true; chmod 4755 /srv/true";

  /** All but contents, then the contents of what was changed. */
  private static final String LOOK =
      "cd /; find . -xdev ! -path './tmp*' ! -path './run*' -printf '%p %y %m %U:%G %l\\n'"
          + " | grep -v '^\\. ' | LC_ALL=C sort; cat /etc/motd";

  @BeforeEach
  void haveTheirImages() {
    assumeTrue(ClusterEnv.get().embedded(), "their images and the node are the embedded cluster's");
  }

  @Test
  @Types(PAGE + "#While it runs")
  void whatIsCopiedWhileItRunsIsThereInAnotherOne(TestNamespace ns) {
    try (Typist typist = typist(ns)) {
      ns.sh(BOX, CHANGES);
      typist.type(PAGE, "While it runs");
      assertEquals("kept", ns.sh("restored", "cat /etc/motd"));
      assertEquals("640 1:2 2", ns.sh("restored", "stat -c '%a %u:%g %h' /etc/motd"));
      assertEquals("4755", ns.sh("restored", "stat -c %a /srv/true"));
      assertEquals("../etc/motd", ns.sh("restored", "readlink /srv/link"));
      assertEquals("", ns.sh("restored", "ls /srv/made/here"));
    }
  }

  @Test
  @Types(PAGE + "#While it is stopped")
  void whatIsCopiedWhileItIsStoppedComesBackExactly(TestNamespace ns) {
    List<DocCommand> commands = DocPage.of(PAGE).commands("While it is stopped");
    int restore = indexOf(commands, "mountpoint");
    try (Typist typist = typist(ns)) {
      ns.sh(BOX, CHANGES);
      String root = ns.hostPath(BOX) + "/rootfs";
      ns.stopAndWait(BOX);
      attribute(root, "os.setxattr(f, 'user.kept', b'yes')");
      ns.startAndWait(BOX);
      String before = ns.sh(BOX, LOOK);
      ns.stopAndWait(BOX);
      commands.subList(0, restore).forEach(typist::type);

      ns.startAndWait(BOX);
      ns.sh(BOX, "rm -r /srv /etc/motd /opt; mkdir /media; echo broken >/etc/passwd");
      ns.stopAndWait(BOX);
      commands.subList(restore, commands.size()).forEach(typist::type);
      ns.startAndWait(BOX);

      assertEquals(before, ns.sh(BOX, LOOK));
      assertEquals("b'yes'", attribute(root, "print(os.getxattr(f, 'user.kept'))"));
    } finally {
      ClusterEnv.get().shellOnNode("rm -rf " + backups(ns)).ok();
    }
  }

  @Test
  @Types(PAGE + "#Disk usage")
  void theDiskAndWhatEachTakesOfIt(TestNamespace ns) {
    try (Typist typist = typist(ns)) {
      ns.sh(BOX, "dd if=/dev/zero of=/srv/three bs=1M count=3");
      DocCommand usage =
          DocPage.of(PAGE).commands("Disk usage").stream()
              .filter(command -> command.text().contains("du -xsh"))
              .findFirst()
              .orElseThrow();
      assertTrue(
          typist
              .type(usage)
              .lines()
              .anyMatch(l -> l.matches("[3-9][.0-9]*M\t\\S*/workbench/upper")));
      typist.type(PAGE, "Disk usage");
    }
  }

  @Test
  @Types(PAGE + "#Scrape metrics")
  void metricsAreScrapedAsThePageSays(TestNamespace ns) throws IOException {
    // Rights and labels are the cluster's: names of this test's own.
    String port = Integer.toString(freePort());
    try (Typist typist = typist(ns)) {
      ns.kubectl("create", "serviceaccount", "prometheus").ok();
      String role = "stoppablecontainer-metrics-" + ns.name();
      typist
          .with("namespace monitoring", "namespace " + ns.name())
          .with("-n monitoring", "-n " + ns.name())
          .with("monitoring:", ns.name() + ":")
          .with("clusterrolebinding stoppablecontainer-metrics", "clusterrolebinding " + role)
          .with("localhost:8081", "localhost:" + port)
          .with("controller-manager 8081", "controller-manager " + port + ":8081");
      try {
        typist.type(PAGE, "Scrape metrics");
      } finally {
        ns.kubectl("delete", "clusterrolebinding", role).ok();
      }
    }
  }

  @Test
  @Types(PAGE + "#Troubleshooting")
  void whereToLookWhenItDoesNotStart(TestNamespace ns) {
    try (Typist typist = typist(ns).with("NAME", BOX)) {
      typist.type(PAGE, "Troubleshooting");
    }
  }

  @Test
  @Types("docs/kubectl-plugin.md")
  void thePluginsPage(TestNamespace ns) {
    try (Typist typist = new Typist(ns)) {
      typist
          .with("make install-plugin", "make install-plugin PREFIX=" + typist.folder())
          .type("docs/kubectl-plugin.md");
      assertEquals("/home/dev", ns.sh(BOX, "echo ~dev"));
    }
  }

  /** With the page's workbench running, where the page has it. */
  private static Typist typist(TestNamespace ns) {
    Typist typist = new Typist(ns);
    ns.create(DocPage.of("docs/tutorials/first-steps.md").file("workbench.yaml"));
    ns.awaitRunning(BOX);
    return typist
        .with("/default/", "/" + ns.name() + "/")
        .with("/*/*/", "/" + ns.name() + "/*/")
        .with("/var/backups", backups(ns));
  }

  /** Where no other test looks for files that it did not make itself. */
  private static String backups(TestNamespace ns) {
    return "/var/cache/" + ns.name();
  }

  private static int indexOf(List<DocCommand> commands, String program) {
    for (int i = 0; i < commands.size(); i++) {
      if (commands.get(i).line().startsWith(program)) {
        return i;
      }
    }
    throw new AssertionError("no " + program + " in " + commands);
  }

  /** Works on the extended attributes of the box' /etc/motd, from its stopped file system. */
  private static String attribute(String root, String python) {
    Result result =
        ClusterEnv.get()
            .shellOnNode("python3 -c \"import os; f = '%s/etc/motd'; %s\"".formatted(root, python));
    return result.ok();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
