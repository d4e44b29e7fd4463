package top.xtlsoft.stoppablecontainer.operator.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.ResetIdentity;
import top.xtlsoft.stoppablecontainer.api.ResourceKey;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceSpec;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.operator.model.InstanceFactory;
import top.xtlsoft.stoppablecontainer.operator.model.PinnedImage;
import top.xtlsoft.stoppablecontainer.operator.model.SourceSnapshotFactory;
import top.xtlsoft.stoppablecontainer.operator.pass.ClusterNodes;
import top.xtlsoft.stoppablecontainer.operator.pass.Decision;
import top.xtlsoft.stoppablecontainer.operator.pass.Given;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;
import top.xtlsoft.stoppablecontainer.operator.pass.ScheduledSnapshots;

class ClonePlannerTest {

  private static final String PINNED = "image@sha256:" + "a".repeat(64);

  private final InstancePlanner planner =
      new InstancePlanner(new InstanceFactory(), new ClonePlanner(new SourceSnapshotFactory()));
  private final StoppableContainer ofSnapshot = clone("snapshotName: before");
  private final StoppableContainer ofContainer = clone("containerName: other");

  private static StoppableContainer clone(String source) {
    return Given.sc(
        "{running: true, template: {container: {image: 'image:1'}}, source: {%s}}"
            .formatted(source));
  }

  private static StoppableContainerSnapshot snapshot(String phase, String prefix) {
    StoppableContainerSnapshot snapshot =
        Serialization.unmarshal(
            """
            apiVersion: stoppablecontainer.xtlsoft.top/v1alpha1
            kind: StoppableContainerSnapshot
            metadata: {name: before, namespace: ns, uid: snapshot-uid}
            spec:
              source: {name: other}
            status: {phase: %s, message: Stop it., nodeName: node1, hostPathPrefix: %s, image: 'image:1', imageID: '%s'}
            """
                .formatted(phase, prefix, PINNED),
            StoppableContainerSnapshot.class);
    return snapshot;
  }

  private static StoppableContainerSnapshot ready() {
    return snapshot("Ready", ApiNames.DEFAULT_HOST_PATH_PREFIX);
  }

  private Decision decide(StoppableContainer sc, @Nullable StoppableContainerSnapshot snapshot) {
    return planner
        .plan(
            Pass.begin(
                new Observation(
                    new ResourceKey("ns", "box"),
                    Given.NOW,
                    Optional.of(sc),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    new ClusterNodes(Map.of(Given.NODE, "amd64"), Map.of()),
                    Optional.ofNullable(snapshot),
                    Optional.empty(),
                    Optional.empty(),
                    ScheduledSnapshots.NONE)))
        .decision();
  }

  private static String refusal(Decision decision) {
    return assertInstanceOf(Decision.Refuse.class, decision).problem().reason().wire();
  }

  @Test
  void namesTheFilesThatACloneLoses() {
    assertNull(lost("source: {snapshotName: before}"));
    assertEquals(ResetIdentity.DEFAULT, lost("source: {snapshotName: before, resetIdentity: {}}"));
    assertEquals(
        List.of("/etc/key"),
        lost("source: {snapshotName: before, resetIdentity: {paths: [/etc/key]}}"));
  }

  private @Nullable List<String> lost(String source) {
    StoppableContainer sc =
        Given.sc(source + "\ntemplate: {container: {image: 'image:1', command: [run]}}\n");
    return assertInstanceOf(Decision.CreateInstance.class, decide(sc, ready()))
        .desired()
        .getSpec()
        .source()
        .resetPaths();
  }

  @Test
  void givesACloneItsOwnSize() {
    StoppableContainer sized =
        Given.sc(
            "source: {snapshotName: before}\nstorage: {size: 1Gi}\n"
                + "template: {container: {image: 'image:1', command: [run]}}\n");
    var create = assertInstanceOf(Decision.CreateInstance.class, decide(sized, ready()));
    assertEquals(1L << 30, create.desired().getSpec().sizeBytes());
    create = assertInstanceOf(Decision.CreateInstance.class, decide(ofSnapshot, ready()));
    assertNull(create.desired().getSpec().sizeBytes(), "whatever the source has");
  }

  @Test
  void makesACloneWhereItsSnapshotLies() {
    var create = assertInstanceOf(Decision.CreateInstance.class, decide(ofSnapshot, ready()));
    StoppableContainerInstance instance = create.desired();
    assertEquals(Given.NODE, instance.getSpec().nodeName());
    assertEquals(
        new StoppableContainerInstanceSpec.Source("before", "snapshot-uid", PINNED),
        instance.getSpec().source());
    assertEquals(PINNED, PinnedImage.of(instance), "the image of the snapshot, not of the tag");
  }

  @Test
  void waitsForTheSnapshot() {
    assertEquals("SourceNotFound", refusal(decide(ofSnapshot, null)));
    var taking = snapshot("Taking", ApiNames.DEFAULT_HOST_PATH_PREFIX);
    Decision decision = decide(ofSnapshot, taking);
    assertEquals("SnapshotNotReady", refusal(decision));
    String message = ((Decision.Refuse) decision).problem().message();
    assertTrue(message.endsWith("Stop it."), message);
    assertEquals("SnapshotNotReady", refusal(decide(ofSnapshot, Given.deleting(ready()))));
    StoppableContainerSnapshot unknown = ready();
    unknown.setStatus(null);
    assertEquals("SnapshotNotReady", refusal(decide(ofSnapshot, unknown)));
  }

  @Test
  void refusesASnapshotBelowAnotherPrefix() {
    assertEquals("SourceElsewhere", refusal(decide(ofSnapshot, snapshot("Ready", "/data"))));
  }

  @Test
  void refusesASnapshotOnANodeThatIsGone() {
    StoppableContainerSnapshot elsewhere = ready();
    elsewhere.setStatus(
        Serialization.unmarshal(
            Serialization.asJson(ready().getStatus()).replace("node1", "node2"),
            elsewhere.getStatus().getClass()));
    assertEquals("NodeGone", refusal(decide(ofSnapshot, elsewhere)));
  }

  @Test
  void takesASnapshotOfAContainerForItsClone() {
    var create = assertInstanceOf(Decision.CreateSnapshot.class, decide(ofContainer, null));
    StoppableContainerSnapshot made = create.desired();
    assertEquals("box-source", made.getMetadata().getName());
    assertEquals("other", made.getSpec().source().name());
    assertEquals("sc-uid", made.getMetadata().getOwnerReferences().getFirst().getUid());
    assertEquals(List.of(ApiNames.SNAPSHOT_FINALIZER), made.getMetadata().getFinalizers());
    made.setStatus(ready().getStatus());
    assertInstanceOf(Decision.CreateInstance.class, decide(ofContainer, made));
  }

  @Test
  void takesNoOtherSnapshotForThatOfItsContainer() {
    assertEquals("NameCollision", refusal(decide(ofContainer, ready())));
  }

  @Test
  void namesTheSnapshotOfALongNameAnotherThanItsNeighbours() {
    String one = SourceSnapshotFactory.nameFor("a".repeat(62) + "b");
    String other = SourceSnapshotFactory.nameFor("a".repeat(62) + "c");
    assertTrue(one.length() <= 63, one);
    assertTrue(!one.equals(other), one);
  }
}
