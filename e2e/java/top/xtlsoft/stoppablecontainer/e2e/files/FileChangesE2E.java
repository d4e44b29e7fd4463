package top.xtlsoft.stoppablecontainer.e2e.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;

/** Every kind of change to a file survives. */
@ClusterTest
class FileChangesE2E {

  @Test
  void changesOfEveryKindSurviveFiveStops(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);

    step("make every kind of change");
    ns.sh(box, Fixture.of("changes.sh").text());
    String before = manifest(ns, box);

    for (int round = 1; round <= 5; round++) {
      ns.stopAndWait(box);
      ns.startAndWait(box);
      step("compare every file after start %d", round);
      assertEquals(before, manifest(ns, box));
      changesAreThere(ns, box);
    }

    step("what was deleted can be made anew, and stays");
    ns.sh(box, "echo again >/image/delete; rm -r /moved");
    ns.stopAndWait(box);
    ns.startAndWait(box);
    assertEquals("again", ns.sh(box, "cat /image/delete"));
    assertEquals(1, ns.exec(box, "ls", "-d", "/moved").exit());
  }

  /** In words, so that a manifest that is wrong twice in the same way is not enough. */
  private static void changesAreThere(TestNamespace ns, String box) {
    assertEquals("new\ndeep", ns.sh(box, "cat /data/new /data/deep/er/file"));
    assertEquals(1, ns.exec(box, "ls", "/image/delete").exit());
    assertEquals("from the image: edit\nedited", ns.sh(box, "cat /image/edit"));
    assertEquals("4711", ns.sh(box, "stat -c %a /image/chmod"));
    assertEquals("1000:1000", ns.sh(box, "stat -c %u:%g /image/chown"));
    assertEquals(
        "/image/edit nowhere",
        ns.sh(box, "readlink -n /data/symlink; echo -n ' '; readlink /data/dangling"));
    assertEquals("same", ns.sh(box, "[ /image/link -ef /data/hardlink ] && echo same"));
    assertEquals("from the image: rename", ns.sh(box, "cat /image/renamed"));
    assertEquals("2001-02-03 04:05:06", ns.sh(box, "stat -c %y /image/touch | cut -c1-19"));
    assertEquals("a value", ns.sh(box, "scratch xattr-get /image/xattr"));
    assertEquals("from the image: inner", ns.sh(box, "cat /moved/inner/file"));
    assertEquals("only", ns.sh(box, "ls /folder"));
    assertEquals("fifo", ns.sh(box, "stat -c %F /data/fifo"));
    assertEquals("700 dev", ns.sh(box, "stat -c '%a %U' /home/dev/.cache"));
  }

  private static String manifest(TestNamespace ns, String pod) {
    return ns.sh(pod, Fixture.of("manifest.sh").text());
  }
}
