package top.xtlsoft.stoppablecontainer.e2e.support;

import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.utils.Serialization;
import top.xtlsoft.stoppablecontainer.api.RestorePhase;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerRestore;

/** Restores containers, as a user does. */
public final class Restores {

  private Restores() {}

  /** The restore of a name. */
  public static Resource<StoppableContainerRestore> of(TestNamespace ns, String name) {
    return ns.client()
        .resources(StoppableContainerRestore.class)
        .inNamespace(ns.name())
        .withName(name);
  }

  /** Creates a restore without waiting. */
  public static void order(TestNamespace ns, Fixture fixture) {
    StoppableContainerRestore made =
        Serialization.unmarshal(fixture.text(), StoppableContainerRestore.class);
    step("create restore %s", made.getMetadata().getName());
    ns.client().resource(made).inNamespace(ns.name()).create();
  }

  /** Waits until a restore is in a phase. */
  public static StoppableContainerRestore await(TestNamespace ns, String name, RestorePhase phase) {
    return TestNamespace.await(
        of(ns, name),
        "the restore being " + phase,
        found -> found != null && found.getStatus() != null && found.getStatus().phase() == phase,
        Timeouts.POD);
  }
}
