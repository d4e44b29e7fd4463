package top.xtlsoft.stoppablecontainer.e2e.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Result;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** Names at their limits, and names that get into each other's way. */
@ClusterTest
class NamesE2E {

  /** As long as a label's value may be. */
  private static final int LONGEST = 63;

  @Test
  void twoLongNamesThatDifferAtTheirEndAloneDoNotMix(TestNamespace ns) {
    String common = "a-name.with-dots.".repeat(4).substring(0, LONGEST - 1);
    String one = ns.create(named(common + "1"));
    String two = ns.create(named(common + "2"));
    for (String box : new String[] {one, two}) {
      ns.awaitRunning(box);
      ns.sh(box, "echo " + box + " >/root/who");
    }
    ns.stop(one);
    ns.stopAndWait(two);
    ns.awaitStopped(one);
    ns.start(two);
    ns.startAndWait(one);
    ns.awaitRunning(two);
    assertEquals(one, ns.sh(one, "cat /root/who"));
    assertEquals(two, ns.sh(two, "cat /root/who"));
    ns.deleteAndWait(one);
    assertEquals(two, ns.sh(two, "cat /root/who"));
  }

  @ParameterizedTest
  @ValueSource(ints = {LONGEST + 1, 253})
  void longerNamesAreRefusedWithTheReason(int length, TestNamespace ns) {
    Result refused =
        ns.kubectlWithInput(named("n".repeat(length)).text(), "create", "-f", "-").exits(1);
    assertTrue(
        refused.err().contains("metadata.name must be no more than 63 characters"), refused.err());
  }

  @Test
  void oneCalledLikeTheProviderOfAnotherNeverTakesItsPod(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    String uid = ns.getPod("box-provider").getMetadata().getUid();

    String rival = ns.create(named("box-provider"));
    String message = ns.awaitNotReady(rival, "NameCollision", Timeouts.CONDITION).getMessage();
    assertTrue(message.contains("Pod box-provider exists"), message);

    step("stop, start and delete the rival");
    ns.stopAndWait(rival);
    ns.start(rival);
    ns.awaitNotReady(rival, "NameCollision", Timeouts.CONDITION);
    ns.deleteAndWait(rival);
    assertEquals(uid, ns.getPod("box-provider").getMetadata().getUid());
    ns.stopAndWait(box);
    ns.startAndWait(box);
  }

  private static Fixture named(String name) {
    return Fixture.of("container.yaml").with("name: box", "name: " + name);
  }
}
