package top.xtlsoft.stoppablecontainer.e2e.support;

import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.utils.Serialization;
import top.xtlsoft.stoppablecontainer.api.SnapshotPhase;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;

/** Takes and deletes snapshots, as a user does. */
public final class Snapshots {

  private Snapshots() {}

  /** The snapshot of a name. */
  public static Resource<StoppableContainerSnapshot> of(TestNamespace ns, String name) {
    return ns.client()
        .resources(StoppableContainerSnapshot.class)
        .inNamespace(ns.name())
        .withName(name);
  }

  /** Creates a snapshot without waiting. */
  public static void take(TestNamespace ns, Fixture fixture) {
    StoppableContainerSnapshot made =
        Serialization.unmarshal(fixture.text(), StoppableContainerSnapshot.class);
    step("create snapshot %s", made.getMetadata().getName());
    ns.client().resource(made).inNamespace(ns.name()).create();
  }

  /** Waits until a snapshot is taken. */
  public static StoppableContainerSnapshot awaitReady(TestNamespace ns, String name) {
    return TestNamespace.await(
        of(ns, name),
        "the snapshot being ready",
        found ->
            found != null
                && found.getStatus() != null
                && found.getStatus().phase() == SnapshotPhase.READY,
        Timeouts.POD);
  }

  /** Deletes a snapshot and waits until its files are gone. */
  public static void delete(TestNamespace ns, String name) {
    step("delete snapshot %s", name);
    of(ns, name).delete();
    TestNamespace.awaitGone(of(ns, name), Timeouts.GONE);
  }
}
