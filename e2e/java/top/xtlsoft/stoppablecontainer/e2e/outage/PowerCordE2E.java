package top.xtlsoft.stoppablecontainer.e2e.outage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import top.xtlsoft.stoppablecontainer.e2e.support.AllowsLogs;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Snapshots;
import top.xtlsoft.stoppablecontainer.e2e.support.SystemPods;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/**
 * What is on disk when the node's power goes. On the virtual machine what the node did not flush is
 * lost, as on real hardware; the embedded node's writes outlive it in this machine's page cache.
 */
@ClusterTest
@Isolated
@Tag("disruptive")
@Tag("node")
class PowerCordE2E {

  /** Contents, modes, owners, links; whiteouts, a renamed folder, an image's file that grew. */
  private static final String CHANGE =
      """
      set -e
      mkdir -p /opt/first /data/deep/er
      i=0
      while [ $i -lt 300 ]; do
        i=$((i + 1))
        head -c $((i * 97)) /dev/urandom >/opt/first/$i
      done
      head -c 20000000 /dev/urandom >/data/deep/er/large
      chmod 4750 /opt/first/1
      chown 1000:1000 /opt/first/2
      ln /opt/first/3 /data/hard
      ln -s /data/deep/er/large /root/link
      rm -r /image /etc/group
      echo more >>/etc/passwd
      mv /opt/first /opt/second
      """;

  /** All of it, but for the files that kubelet makes for each pod and the log of starts. */
  private static final String LISTING =
      """
      set -e
      cd /
      own='! -path etc/hosts ! -path etc/hostname ! -path etc/resolv.conf ! -path etc/mtab'
      find root data folder opt etc $own -exec stat -c '%N %F %a %u %g %h' {} + | sort
      find root data folder opt etc $own -type f -exec sha256sum {} + | sort
      """;

  private static final String FSYNC =
      """
      set -e
      mkdir /root/synced
      i=0
      while [ $i -lt 200 ]; do
        i=$((i + 1))
        head -c $((i * 31)) /dev/urandom | dd of=/root/synced/$i conv=fsync 2>/dev/null
      done
      echo lost or not >/root/unsynced
      """;

  private static final String SYNCED = "find /root/synced -type f -exec sha256sum {} + | sort";

  /** Two StoppableContainers of the same kind, of which one runs when the power goes. */
  private static final class Pair {
    private final TestNamespace ns;
    private final String running;
    private final String stopped;
    private final String synced;
    private final String files;

    Pair(TestNamespace ns, String fixture, String name) {
      this.ns = ns;
      running = ns.create(named(fixture, name + "-running"));
      stopped = ns.create(named(fixture, name + "-stopped"));
      ns.awaitRunning(running);
      ns.awaitRunning(stopped);
      ns.sh(running, FSYNC);
      synced = ns.sh(running, SYNCED);
      ns.sh(stopped, CHANGE);
      files = ns.sh(stopped, LISTING);
      assertTrue(files.lines().count() > 600, "files that are compared: " + files.lines().count());
    }

    private static Fixture named(String fixture, String name) {
      return Fixture.of(fixture).with("name: box", "name: " + name);
    }

    void stopAndTakeASnapshot() {
      ns.stopAndWait(stopped);
      Snapshots.take(
          ns,
          Fixture.of("snapshot.yaml")
              .with("name: before", "name: of-" + stopped)
              .with("name: box", "name: " + stopped));
      Snapshots.awaitReady(ns, "of-" + stopped);
    }

    void assertFsyncedFiles() {
      ns.awaitRestarted(running, 0);
      assertEquals(synced, ns.execOnceAttached(running, "sh", "-c", SYNCED), "fsynced files");
    }

    void assertFilesOfBefore() {
      ns.startAndWait(stopped);
      assertEquals(files, ns.sh(stopped, LISTING), stopped);
      String copy = "copy-of-" + stopped;
      ns.create(
          Fixture.of("clone.yaml")
              .with("name: copy", "name: " + copy)
              .with("snapshotName: before", "snapshotName: of-" + stopped));
      ns.awaitRunning(copy);
      assertEquals(files, ns.sh(copy, LISTING), copy);
    }
  }

  @Test
  // The API server or the node goes away under operator and agent, and they report it.
  @AllowsLogs(".*")
  void losesNothingThatIsStoppedNorWhatIsFsynced(TestNamespace ns) {
    assumeTrue(ClusterEnv.get().hasPowerCord(), "only clusters made here have a power cord");
    // A disk image needs a loop device.
    SystemPods.withPrivilegedAgents(ns.client(), () -> cutThePower(ns));
  }

  private static void cutThePower(TestNamespace ns) {
    List<Pair> pairs =
        List.of(new Pair(ns, "container.yaml", "folder"), new Pair(ns, "sized.yaml", "sized"));

    step("cut the power as soon as the last snapshot is Ready");
    pairs.forEach(Pair::stopAndTakeASnapshot);
    ClusterEnv.get().powerOff();
    ClusterEnv.get().powerOn();
    Awaitility.await("the API server answers")
        .atMost(Timeouts.BOOT)
        .ignoreExceptionsInstanceOf(KubernetesClientException.class)
        .until(() -> !ClusterEnv.get().nodeNames().isEmpty());

    step("what ran has all that was fsynced");
    pairs.forEach(Pair::assertFsyncedFiles);
    SystemPods.awaitOperator(ns.client());
    SystemPods.awaitAgents(ns.client());

    step("what was stopped has everything, and so have clones of the snapshots");
    pairs.forEach(Pair::assertFilesOfBefore);
  }
}
