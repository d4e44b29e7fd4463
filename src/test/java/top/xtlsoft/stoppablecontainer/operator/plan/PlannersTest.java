package top.xtlsoft.stoppablecontainer.operator.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import top.xtlsoft.stoppablecontainer.api.AgentReason;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.api.IdleOrder;
import top.xtlsoft.stoppablecontainer.api.ResourceKey;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceSpec;
import top.xtlsoft.stoppablecontainer.api.UserAnnotation;
import top.xtlsoft.stoppablecontainer.operator.model.ConsumerPodFactory;
import top.xtlsoft.stoppablecontainer.operator.model.InstanceFactory;
import top.xtlsoft.stoppablecontainer.operator.model.NormalizedTemplate;
import top.xtlsoft.stoppablecontainer.operator.model.ProviderPodFactory;
import top.xtlsoft.stoppablecontainer.operator.model.ResourceMetadata;
import top.xtlsoft.stoppablecontainer.operator.model.SourceSnapshotFactory;
import top.xtlsoft.stoppablecontainer.operator.pass.ClusterNodes;
import top.xtlsoft.stoppablecontainer.operator.pass.Decision;
import top.xtlsoft.stoppablecontainer.operator.pass.Given;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;

class PlannersTest {

  private static final String PINNED = "sha256:" + "a".repeat(64);

  private final StoppableContainer wanted = Given.sc(true);
  private final StoppableContainer unwanted = Given.sc(false);

  @Nested
  class Instances {
    private final InstancePlanner planner =
        new InstancePlanner(new InstanceFactory(), new ClonePlanner(new SourceSnapshotFactory()));

    @Test
    void holdsTheResourceBeforeAnythingIsMade() {
      wanted.getMetadata().setFinalizers(List.of());
      assertEquals("holdResource", planner.plan(Given.pass(wanted, null, null, null)).verb());
    }

    @Test
    void createsAMissingInstanceWithFinalizerAndOwner() {
      var decision = planner.plan(Given.pass(wanted, null, null, null)).decision();
      var desired = assertInstanceOf(Decision.CreateInstance.class, decision).desired();
      assertEquals(List.of(ApiNames.INSTANCE_FINALIZER), desired.getMetadata().getFinalizers());
      assertEquals("sc-uid", desired.getMetadata().getOwnerReferences().getFirst().getUid());
      assertFalse(desired.getSpec().running());
    }

    @Test
    void makesItsOwnInsteadOfAnInstanceOfSomebodyElse() {
      StoppableContainerInstance other = Given.instance(wanted, false, false);
      other.getMetadata().setLabels(Map.of());
      assertEquals("nothing", planner.plan(Given.pass(wanted, other, null, null)).verb());
      other.getMetadata().getOwnerReferences().getFirst().setUid("another");
      assertEquals("createInstance", planner.plan(Given.pass(wanted, other, null, null)).verb());
    }

    @Test
    void adoptsAnInstanceThatWasLeftBehind() {
      StoppableContainerInstance orphan = Given.instance(wanted, false, true);
      orphan.getMetadata().setOwnerReferences(List.of());
      assertEquals("adoptInstance", planner.plan(Given.pass(wanted, orphan, null, null)).verb());
    }

    @Test
    void awaitsTheEndOfTheInstanceOfAnEarlierOne() {
      StoppableContainerInstance earlier = Given.instance(wanted, false, true);
      earlier.getMetadata().getOwnerReferences().getFirst().setUid("earlier");
      Pass pass = planner.plan(Given.pass(wanted, earlier, null, null));
      assertFalse(pass.problem().orElseThrow().terminal(), "it goes by itself");
      assertTrue(pass.isRetried());
      Pass release = new ReleasePlanner().plan(Given.pass(unwanted, earlier, null, null));
      assertEquals("nothing", release.verb(), "it is none of this one's");
    }

    @Test
    void leavesAnInstanceThatIsAsItShouldBe() {
      var pass = planner.plan(Given.pass(wanted, Given.instance(wanted, true, true), null, null));
      assertEquals("nothing", pass.verb());
      assertTrue(pass.isOpen());
    }

    private StoppableContainer sized(String size) {
      return Given.sc(
          """
          running: true
          storage: {size: %s}
          template:
            container:
              image: image:1
          """
              .formatted(size));
    }

    private StoppableContainerInstance sized(StoppableContainer sc, @Nullable Long bytes) {
      StoppableContainerInstance instance = Given.instance(sc, true, true);
      StoppableContainerInstanceSpec spec = instance.getSpec();
      instance.setSpec(
          new StoppableContainerInstanceSpec(
              spec.nodeName(), spec.hostPathPrefix(), spec.image(), true, null, bytes));
      return instance;
    }

    private Decision size(String size, @Nullable Long bytes) {
      StoppableContainer sc = sized(size);
      return planner.plan(Given.pass(sc, sized(sc, bytes), null, null)).decision();
    }

    @Test
    void hasTheAgentWatchARunningContainerAlone() {
      String template = "template: {container: {image: 'image:1'}}";
      for (boolean running : new boolean[] {true, false}) {
        StoppableContainer sc =
            Given.sc("running: %s\nidle: {after: 30m}\n%s".formatted(running, template));
        sc.getMetadata()
            .setAnnotations(Map.of(UserAnnotation.KEEP_AWAKE_UNTIL.key(), "2030-01-31T18:00:00Z"));
        Decision decision =
            planner.plan(Given.pass(sc, Given.instance(sc, running, true), null, null)).decision();
        if (running) {
          var change = assertInstanceOf(Decision.ChangeInstance.class, decision);
          assertEquals(new IdleOrder("30m", null, "2030-01-31T18:00:00Z"), change.desired().idle());
        } else {
          assertInstanceOf(Decision.Nothing.class, decision);
        }
      }
    }

    @Test
    void ordersTheSizeOfANewFileSystem() {
      var decision = planner.plan(Given.pass(sized("1Gi"), null, null, null)).decision();
      var desired = assertInstanceOf(Decision.CreateInstance.class, decision).desired();
      assertEquals(1L << 30, desired.getSpec().sizeBytes());
    }

    @Test
    void ordersALargerSizeAndNoSmallerOne() {
      var change = assertInstanceOf(Decision.ChangeInstance.class, size("2Gi", 1L << 30));
      assertEquals(2L << 30, change.desired().sizeBytes());
      assertInstanceOf(Decision.Nothing.class, size("1Gi", 1L << 30));
      assertInstanceOf(Decision.Nothing.class, size("512Mi", 1L << 30));
    }

    @Test
    void keepsTheLimitOfAFileSystemThatHasOne() {
      assertInstanceOf(
          Decision.Nothing.class,
          planner.plan(Given.pass(wanted, sized(wanted, 1L << 30), null, null)).decision());
    }

    @Test
    void tellsTheAgentOfTheNodeThatTheFirstConsumerChose() {
      StoppableContainerInstance unplaced = Given.instance(wanted, false, false);
      Pod consumer = Given.consumer(wanted, unplaced);
      assertEquals("nothing", planner.plan(Given.pass(wanted, unplaced, null, consumer)).verb());
      var change =
          assertInstanceOf(
              Decision.ChangeInstance.class,
              planner.plan(Given.pass(wanted, unplaced, null, Given.bound(consumer))).decision());
      assertEquals(Given.NODE, change.desired().nodeName());
      assertTrue(change.desired().running());
    }

    @Test
    void followsTheImageUntilAFileSystemIsMade() {
      StoppableContainerInstance instance = Given.instance(wanted, true, true);
      StoppableContainer corrected =
          Given.sc("{running: true, template: {container: {image: 'image:2'}}}");
      assertEquals(
          "changeInstance", planner.plan(Given.pass(corrected, instance, null, null)).verb());
      Given.reported(instance, Given.synced(1));
      assertEquals("nothing", planner.plan(Given.pass(corrected, instance, null, null)).verb());
    }

    /** The agent's report of the mount can arrive after its user sees the container run. */
    @Test
    void keepsTheImageOfAFileSystemThatAPodUses() {
      StoppableContainerInstance instance = Given.instance(wanted, true, true);
      StoppableContainer changed =
          Given.sc("{running: true, template: {container: {image: 'image:2'}}}");
      Pod provider = Given.provider(wanted, instance);
      Pod consumer = Given.consumer(wanted, instance);
      assertEquals(
          "changeInstance", planner.plan(Given.pass(changed, instance, provider, consumer)).verb());
      assertEquals(
          "nothing",
          planner.plan(Given.pass(changed, instance, Given.mounted(provider), consumer)).verb());
      assertEquals(
          "nothing",
          planner.plan(Given.pass(changed, instance, provider, Given.attached(consumer))).verb());
    }

    @Test
    void refusesWhenTheNodeHasLeftTheCluster() {
      StoppableContainerInstance instance = Given.instance(wanted, true, true);
      Pass pass =
          Pass.begin(
              new Observation(
                  new ResourceKey("ns", "box"),
                  Given.NOW,
                  Optional.of(wanted),
                  Optional.of(instance),
                  Optional.empty(),
                  Optional.empty(),
                  new ClusterNodes(Map.of("another", "amd64"), Map.of())));
      assertEquals(ConditionReason.NODE_GONE, planner.plan(pass).problem().orElseThrow().reason());
    }

    @Test
    void adoptsAnInstanceWithoutAnOwnerUnlessItsResourceIsBeingDeleted() {
      StoppableContainerInstance left = Given.instance(wanted, true, true);
      left.getMetadata().setOwnerReferences(List.of());
      assertEquals("adoptInstance", planner.plan(Given.pass(wanted, left, null, null)).verb());
      StoppableContainer going = Serialization.clone(wanted);
      going.getMetadata().setDeletionTimestamp(Given.NOW.toString());
      assertEquals("await", planner.plan(Given.pass(going, left, null, null)).verb());
    }
  }

  @Nested
  class Providers {
    private final ProviderPlanner planner =
        new ProviderPlanner(new ProviderPodFactory(), Given.BINARIES_PLANNER);
    private final StoppableContainerInstance instance = Given.instance(wanted, false, true);
    private final Pod provider = Given.provider(wanted, instance);

    private Pass plan(Pod seen) {
      return planner.plan(Given.pass(wanted, instance, seen, null));
    }

    @Test
    void createsAMissingProviderOnTheNodeOfTheFileSystem() {
      var desired = assertInstanceOf(Decision.CreateProvider.class, plan(null).decision());
      assertEquals("amd64", desired.architecture());
      assertEquals(
          List.of(Given.NODE),
          desired
              .desired()
              .getSpec()
              .getAffinity()
              .getNodeAffinity()
              .getRequiredDuringSchedulingIgnoredDuringExecution()
              .getNodeSelectorTerms()
              .getFirst()
              .getMatchFields()
              .getFirst()
              .getValues());
    }

    @Test
    void createsOneOnAnyNodeForOneThatWasNeverStarted() {
      Pass pass = Given.pass(unwanted, Given.instance(unwanted, false, false), null, null);
      var desired = assertInstanceOf(Decision.CreateProvider.class, planner.plan(pass).decision());
      assertEquals(null, desired.desired().getSpec().getAffinity());
    }

    @Test
    void awaitsTheArchitectureOfANodeThatHasNotReportedIt() {
      Pass pass =
          planner.plan(
              Given.on(
                  new ClusterNodes(Map.of(Given.NODE, ""), Map.of()),
                  Given.pass(wanted, instance, null, null)));
      assertEquals("await", pass.verb());
      assertTrue(pass.callAgain().isPresent(), "a node's report is no event for its pods");
    }

    @Test
    void letsTheFirstConsumerChooseTheNodeAndFollowsIt() {
      StoppableContainerInstance unplaced = Given.instance(wanted, false, false);
      assertEquals("nothing", planner.plan(Given.pass(wanted, unplaced, null, null)).verb());
      Pass made = Given.pass(wanted, unplaced, null, Given.consumer(wanted, unplaced));
      assertTrue(made.isProviderToFollow());
      var desired = assertInstanceOf(Decision.CreateProvider.class, planner.plan(made).decision());
      assertEquals(
          ResourceMetadata.labels("box", ApiNames.ROLE_CONSUMER),
          desired
              .desired()
              .getSpec()
              .getAffinity()
              .getPodAffinity()
              .getRequiredDuringSchedulingIgnoredDuringExecution()
              .getFirst()
              .getLabelSelector()
              .getMatchLabels());
    }

    @Test
    void replacesOneThatFollowsAConsumerThatIsNotWanted() {
      StoppableContainerInstance unplaced = Given.instance(unwanted, false, false);
      Pod follower = Given.follower(unwanted, unplaced);
      assertEquals(
          "deleteProvider", planner.plan(Given.pass(unwanted, unplaced, follower, null)).verb());
      assertEquals(
          "nothing",
          planner.plan(Given.pass(unwanted, unplaced, Given.bound(follower), null)).verb());
    }

    @Test
    void leavesAProviderThatIsThere() {
      assertEquals("nothing", plan(Given.running(provider)).verb());
    }

    @Test
    void awaitsTheEndOfOneThatIsGoing() {
      Pass pass = plan(Given.going(provider));
      assertEquals("await", pass.verb());
      assertFalse(pass.isOpen());
    }

    @Test
    void replacesOneThatWasEvicted() {
      assertEquals("deleteProvider", plan(Given.ended(provider, "Failed", "Evicted")).verb());
    }

    @Test
    void doesNotPressANodeThatRefusesIt() {
      Pod young =
          new PodBuilder(Given.ended(provider, "Failed", "OutOfcpu"))
              .editMetadata()
              .withCreationTimestamp(Given.NOW.minusSeconds(1).toString())
              .endMetadata()
              .build();
      Pass pass = plan(young);
      assertEquals("await", pass.verb());
      assertEquals(Duration.ofSeconds(9), pass.callAgain().orElseThrow());
    }

    @Test
    void replacesOneOfAnImageThatWasCorrected() {
      StoppableContainer corrected =
          Given.sc("{running: true, template: {container: {image: 'image:2'}}}");
      Pass pass = Given.pass(corrected, Given.instance(corrected, true, true), provider, null);
      assertEquals("deleteProvider", planner.plan(pass).verb());
    }

    @Test
    void leavesOneThatWebhooksChanged() {
      assertEquals("nothing", plan(Given.changedByWebhooks(provider)).verb());
    }

    @Test
    void replacesOneThatLostItsInstance() {
      provider.getMetadata().setOwnerReferences(List.of());
      assertEquals("deleteProvider", plan(provider).verb());
    }

    @ParameterizedTest
    @CsvSource({
      "v1, StoppableContainerInstance, box",
      "stoppablecontainer.xtlsoft.top/v1alpha1, ConfigMap, box",
      "stoppablecontainer.xtlsoft.top/v1alpha1, StoppableContainerInstance, another"
    })
    void makesItsOwnBesideOneThatNamesTheUidOfTheInstanceAlone(
        String apiVersion, String kind, String name) {
      var owner = provider.getMetadata().getOwnerReferences().getFirst();
      owner.setApiVersion(apiVersion);
      owner.setKind(kind);
      owner.setName(name);
      assertEquals("createProvider", plan(provider).verb());
    }

    @Test
    void replacesOneWhoseTagMovedOnUntilItIsPinned() {
      Pod refused =
          Given.with(
              Given.running(provider),
              ApiNames.POD_CONDITION_MOUNTED,
              "False",
              AgentReason.IMAGE_LAYERS_CHANGED.wire(),
              "why");
      assertEquals("nothing", plan(Given.running(provider), PINNED).verb());
      assertEquals("deleteProvider", plan(refused, PINNED).verb());
      assertEquals("nothing", plan(refused, "sha256:1").verb());
    }

    private Pass plan(Pod seen, String imageID) {
      StoppableContainerInstance used =
          Given.reported(
              Given.instance(wanted, true, true),
              new AgentReport(new AgentReport.Mount(true, "b", imageID), null, null, null, null));
      return planner.plan(Given.pass(wanted, used, seen, null));
    }

    @Test
    void replacesOneThatCouldNotStartWhenTheTemplateIsCorrected() {
      StoppableContainer corrected =
          Given.sc(
              "{running: true, template: {imagePullSecrets: [{name: s}], container: {image:"
                  + " 'image:1'}}}");
      StoppableContainerInstance instance = Given.instance(corrected, true, true);
      Pod stuck = Given.waiting(provider, "ImagePullBackOff", "401");
      assertEquals("nothing", plan(stuck).verb());
      assertEquals(
          "nothing",
          planner.plan(Given.pass(corrected, instance, Given.running(provider), null)).verb());
      assertEquals(
          "deleteProvider", planner.plan(Given.pass(corrected, instance, stuck, null)).verb());
    }
  }

  @Nested
  class Consumers {
    private final ConsumerPlanner planner =
        new ConsumerPlanner(new ConsumerPodFactory(), Given.BINARIES_PLANNER);
    private final StoppableContainerInstance instance = Given.instance(wanted, false, false);
    private final Pod provider = Given.provider(wanted, instance);
    private final Pod consumer = Given.consumer(wanted, Given.instance(wanted, true, true));

    @Test
    void awaitsTheNode() {
      assertEquals("await", planner.plan(Given.pass(wanted, instance, provider, null)).verb());
    }

    @Test
    void announcesAndCreatesInOneStepAsSoonAsTheProviderIsBound() {
      Pass pass = planner.plan(Given.pass(wanted, instance, Given.bound(provider), null));
      var create = assertInstanceOf(Decision.CreateConsumer.class, pass.decision());
      assertEquals(Given.NODE, create.announce().orElseThrow().nodeName());
      assertTrue(create.announce().orElseThrow().running());
      assertEquals("box", create.desired().getMetadata().getName());
    }

    @Test
    void createsTheFirstOneWhereverItFits() {
      StoppableContainer placed =
          Given.sc(
              """
              running: true
              provider: {nodeSelector: {disk: ssd}}
              template: {nodeSelector: {zone: a}, container: {image: 'image:1'}}
              """);
      StoppableContainerInstance unplaced = Given.instance(placed, false, false);
      for (Pod seen : new Pod[] {null, Given.follower(placed, unplaced)}) {
        Pass pass = planner.plan(Given.pass(placed, unplaced, seen, null));
        var create = assertInstanceOf(Decision.CreateConsumer.class, pass.decision());
        assertTrue(create.announce().isEmpty(), "its node is not known");
        assertEquals(null, create.desired().getSpec().getAffinity());
        assertEquals(
            Map.of("disk", "ssd", "zone", "a"), create.desired().getSpec().getNodeSelector());
      }
    }

    @Test
    void announcesNothingTwice() {
      Pass pass =
          planner.plan(
              Given.pass(wanted, Given.instance(wanted, true, true), Given.bound(provider), null));
      var create = assertInstanceOf(Decision.CreateConsumer.class, pass.decision());
      assertTrue(create.announce().isEmpty());
    }

    @Test
    void leavesAConsumerThatIsThere() {
      assertEquals("nothing", plan(consumer).verb());
    }

    @Test
    void awaitsTheEndOfOneThatIsGoing() {
      assertEquals("await", plan(Given.going(consumer)).verb());
    }

    @Test
    void replacesOneThatWasLost() {
      assertEquals("deleteConsumer", plan(Given.ended(consumer, "Failed", "Evicted")).verb());
    }

    @Test
    void leavesOneThatEndedAsItsRestartPolicyAllows() {
      StoppableContainer once =
          Given.sc(
              "{running: true, template: {restartPolicy: Never, container: {image: 'image:1'}}}");
      Pod done = Given.consumer(once, Given.instance(once, true, true));
      assertEquals("announceStop", plan(Given.ended(done, "Succeeded", null)).verb());
      assertEquals("announceStop", plan(Given.ended(done, "Failed", null)).verb());
      assertEquals("deleteConsumer", plan(Given.ended(done, "Failed", "NodeShutdown")).verb());
    }

    @Test
    void pinsTheImageThatTheFileSystemWasMadeFrom() {
      StoppableContainerInstance used = Given.instance(wanted, false, true);
      Given.reported(
          used,
          new AgentReport(
              new AgentReport.Mount(true, "b", "docker.io/library/image@sha256:12"),
              null,
              null,
              null,
              null));
      var create =
          assertInstanceOf(
              Decision.CreateConsumer.class,
              planner.plan(Given.pass(wanted, used, Given.bound(provider), null)).decision());
      assertEquals(
          "docker.io/library/image@sha256:12",
          create.desired().getSpec().getContainers().getFirst().getImage());
    }

    @Test
    void pinsAnImageThatWasLoadedByItsId() {
      var create =
          assertInstanceOf(
              Decision.CreateConsumer.class,
              planner
                  .plan(Given.pass(wanted, made(PINNED), Given.bound(provider), null))
                  .decision());
      assertEquals(PINNED, create.desired().getSpec().getContainers().getFirst().getImage());
    }

    @Test
    void leavesOneThatWebhooksChanged() {
      assertEquals("nothing", plan(Given.changedByWebhooks(consumer)).verb());
      assertEquals("nothing", plan(Given.attached(Given.changedByWebhooks(consumer))).verb());
    }

    @Test
    void replacesOneThatAnEarlierVersionMadeOfAnotherImage() {
      consumer.getMetadata().getAnnotations().remove(ApiNames.ANNOTATION_IMAGE);
      assertEquals("nothing", plan(consumer).verb());
      StoppableContainer corrected =
          Given.sc("{running: true, template: {container: {image: 'image:2'}}}");
      assertEquals(
          "deleteConsumer",
          planner
              .plan(
                  Given.pass(
                      corrected,
                      Given.instance(corrected, true, true),
                      Given.bound(provider),
                      consumer))
              .verb());
    }

    @Test
    void replacesOneWhoseTagMovedOn() {
      Pod refused =
          Given.with(
              Given.running(consumer),
              ApiNames.POD_CONDITION_ATTACHED,
              "False",
              AgentReason.IMAGE_LAYERS_CHANGED.wire(),
              "why");
      assertEquals("nothing", plan(refused).verb());
      assertEquals(
          "deleteConsumer",
          planner.plan(Given.pass(wanted, made(PINNED), Given.bound(provider), refused)).verb());
    }

    private StoppableContainerInstance made(String imageID) {
      return Given.reported(
          Given.instance(wanted, true, true),
          new AgentReport(new AgentReport.Mount(true, "b", imageID), null, null, null, null));
    }

    private Pass plan(Pod seen) {
      return planner.plan(
          Given.pass(wanted, Given.instance(wanted, true, true), Given.bound(provider), seen));
    }
  }

  @Nested
  class Releases {
    private final ReleasePlanner planner = new ReleasePlanner();
    private final StoppableContainerInstance running = Given.instance(unwanted, true, true);
    private final Pod consumer = Given.consumer(unwanted, running);

    @Test
    void deletesTheConsumer() {
      assertEquals(
          "deleteConsumer", planner.plan(Given.pass(unwanted, running, null, consumer)).verb());
    }

    @Test
    void awaitsTheConsumersEnd() {
      Pass pass = planner.plan(Given.pass(unwanted, running, null, Given.going(consumer)));
      assertEquals("await", pass.verb());
    }

    @Test
    void tellsTheAgentOnceTheConsumerIsGone() {
      Pass pass = planner.plan(Given.pass(unwanted, running, null, null));
      var stop = assertInstanceOf(Decision.AnnounceStop.class, pass.decision());
      assertFalse(stop.desired().running());
    }

    @Test
    void bindsAnInstanceThatNeverRan() {
      StoppableContainerInstance fresh = Given.instance(unwanted, false, false);
      Pod provider = Given.bound(Given.provider(unwanted, fresh));
      Pass pass = planner.plan(Given.pass(unwanted, fresh, provider, null));
      var change = assertInstanceOf(Decision.ChangeInstance.class, pass.decision());
      assertEquals(Given.NODE, change.desired().nodeName());
    }

    @Test
    void leavesWhatIsStopped() {
      Pass pass = Given.pass(unwanted, Given.instance(unwanted, false, true), null, null);
      assertEquals("nothing", planner.plan(pass).verb());
    }

    @Test
    void hasNothingToDoWithoutAnInstance() {
      assertEquals("nothing", planner.plan(Given.pass(unwanted, null, null, null)).verb());
    }
  }

  @Nested
  class Deletions {
    private final DeletePlanner planner = new DeletePlanner();
    private final StoppableContainer gone = Given.deleting(Given.sc(true));
    private final StoppableContainerInstance instance = Given.instance(gone, true, true);
    private final Pod provider = Given.provider(gone, instance);
    private final Pod consumer = Given.consumer(gone, instance);

    private String plan(StoppableContainerInstance sci, Pod provider, Pod consumer) {
      return planner.plan(Given.pass(gone, sci, provider, consumer)).verb();
    }

    @Test
    void takesBothPodsThenInstanceThenFinalizer() {
      assertEquals("deletePods", plan(instance, provider, consumer));
      assertEquals("deletePods", plan(instance, provider, Given.going(consumer)));
      assertEquals("await", plan(instance, Given.going(provider), Given.going(consumer)));
      assertEquals("await", plan(instance, null, Given.going(consumer)));
      assertEquals("deletePods", plan(instance, provider, null));
      assertEquals("await", plan(instance, Given.going(provider), null));
      assertEquals("deleteInstance", plan(instance, null, null));
      assertEquals("await", plan(Given.deleting(instance), null, null));
      assertEquals("releaseResource", plan(null, null, null));
    }

    @Test
    void keepsWhatIsDeletedWithCascadeOrphan() {
      gone.getMetadata().setFinalizers(List.of(ApiNames.FINALIZER, "orphan"));
      StoppableContainerInstance kept = Given.instance(gone, true, true);
      Pod provider = Given.bound(Given.provider(gone, kept));
      Pod consumer = Given.bound(Given.consumer(gone, kept));
      assertEquals("await", planner.plan(Given.pass(gone, kept, provider, consumer)).verb());
      kept.getMetadata().setOwnerReferences(List.of());
      assertEquals(
          "releaseResource", planner.plan(Given.pass(gone, kept, provider, consumer)).verb());
      gone.getMetadata().setFinalizers(List.of(ApiNames.FINALIZER));
      assertEquals(
          "releaseResource", planner.plan(Given.pass(gone, kept, provider, consumer)).verb());
    }

    @Test
    void takesAwayAnInstanceWhoseOwnerWentWithoutTheOperator() {
      StoppableContainerInstance left = Given.instance(gone, true, true);
      Pod provider = Given.bound(Given.provider(gone, left));
      Pass kept = seen(left, provider);
      assertTrue(kept.isGone(), "there is nothing to do for one that stays");
      Given.deleting(left);
      Pass going = seen(left, provider);
      assertFalse(going.isGone());
      assertEquals("deletePods", planner.plan(going).verb());
      assertEquals("await", planner.plan(seen(left, null)).verb());
      assertEquals("nothing", planner.plan(seen(null, null)).verb());
    }

    @Test
    void takesAwayPodsThatLostTheirInstance() {
      StoppableContainerInstance left = Given.deleting(Given.instance(gone, true, true));
      Pod provider = Given.bound(Given.provider(gone, left));
      provider.getMetadata().setOwnerReferences(List.of());
      assertEquals("deletePods", planner.plan(seen(left, provider)).verb());
      Pod foreign = Given.bound(Given.provider(gone, left));
      foreign.getMetadata().setOwnerReferences(List.of());
      foreign.getMetadata().setLabels(Map.of());
      assertEquals("await", planner.plan(seen(left, foreign)).verb());
    }

    private Pass seen(StoppableContainerInstance instance, Pod provider) {
      return Pass.begin(
          new Observation(
              new ResourceKey("ns", "box"),
              Given.NOW,
              Optional.empty(),
              Optional.ofNullable(instance),
              Optional.ofNullable(provider).map(Given::cached),
              Optional.empty(),
              new ClusterNodes(Map.of(Given.NODE, "amd64"), Map.of())));
    }

    @Test
    void letsAnInstanceGoThatNeverHadANode() {
      StoppableContainerInstance unbound = Given.deleting(Given.instance(gone, false, false));
      assertEquals("releaseInstance", plan(unbound, null, null));
    }

    @Test
    void letsAnInstanceGoWhoseNodeHasLeftTheCluster() {
      Pass pass =
          Pass.begin(
              new Observation(
                  new ResourceKey("ns", "box"),
                  Given.NOW,
                  Optional.of(gone),
                  Optional.of(Given.deleting(instance)),
                  Optional.empty(),
                  Optional.empty(),
                  new ClusterNodes(Map.of(), Map.of())));
      assertEquals("releaseInstance", planner.plan(pass).verb());
    }

    @Test
    void awaitsOtherFinalizersOfTheInstance() {
      instance.getMetadata().setFinalizers(List.of("another/finalizer"));
      assertEquals("await", plan(Given.deleting(instance), null, null));
    }

    @Test
    void hasNothingToDoOnceItHasLetGo() {
      gone.getMetadata().setFinalizers(List.of());
      assertEquals("nothing", plan(null, null, null));
    }
  }

  /** What decides on the architecture, from a file system that lies somewhere to the fallback. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "template: {container: {image: i}} | amd64",
        "template: {container: {image: i}, nodeSelector: {kubernetes.io/arch: arm64}} | arm64",
        "{provider: {nodeSelector: {kubernetes.io/arch: arm64}}, template: {container: {image: i}}} | arm64",
        "template: {spec: {nodeName: arm, containers: [{image: i}]}} | arm64",
      })
  void architectureFollowsTheSelectorThatPlacesTheProvider(String spec, String architecture) {
    StoppableContainer sc = Given.sc(spec);
    Observation mixed =
        new Observation(
            new ResourceKey("ns", "box"),
            Given.NOW,
            Optional.of(sc),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            new ClusterNodes(Map.of("amd", "amd64", "arm", "arm64"), Map.of()));
    assertEquals(
        architecture,
        Given.BINARIES_PLANNER
            .architecture(mixed, NormalizedTemplate.of(sc.getSpec().template()))
            .name());
  }
}
