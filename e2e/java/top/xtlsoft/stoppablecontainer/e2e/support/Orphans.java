package top.xtlsoft.stoppablecontainer.e2e.support;

import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.Map;
import java.util.function.Predicate;
import top.xtlsoft.stoppablecontainer.api.ApiNames;

/** Files whose instance the API server does not know any more, and the agent's report of them. */
public final class Orphans {

  /** The agent's and operator's warnings about such files. */
  public static final String LOGS = "File system set aside|Orphan purged|AdoptionRefused";

  /** The page that describes what an administrator does about them. */
  public static final String PAGE = "docs/backup.md";

  private static final String NO_FINALIZERS = "{\"metadata\":{\"finalizers\":null}}";

  private Orphans() {}

  /**
   * Stops a StoppableContainer and removes its objects while no agent runs.
   *
   * @return the UID of its instance
   */
  public static String forget(TestNamespace ns, String box) {
    ns.awaitRunning(box);
    ns.sh(box, "echo thesis >/root/file");
    ns.stopAndWait(box);
    String uid = ns.sci(box).get().getMetadata().getUid();
    SystemPods.withoutAgents(
        ns.client(),
        () -> {
          step("remove " + box + " from the API server while no agent runs");
          ns.sc(box).delete();
          TestNamespace.await(
              ns.sci(box),
              "its instance being deleted",
              sci -> sci != null && sci.getMetadata().getDeletionTimestamp() != null,
              Timeouts.GONE);
          ns.sci(box).patch(PatchContext.of(PatchType.JSON_MERGE), NO_FINALIZERS);
          TestNamespace.awaitGone(ns.sci(box), Timeouts.GONE);
          TestNamespace.awaitGone(ns.sc(box), Timeouts.GONE);
        });
    return uid;
  }

  /** The ConfigMap in which the agent of a node lists the files that it set aside. */
  public static Resource<ConfigMap> report(TestNamespace ns, String node) {
    return ns.client()
        .configMaps()
        .inNamespace(ApiNames.OPERATOR_NAMESPACE)
        .withName("stoppablecontainer-orphans-" + node);
  }

  /** Purges the files that the agent set aside, with the commands that an administrator types. */
  public static void purge(TestNamespace ns, String node, String uid) {
    awaitReport(ns, node, "the report has " + uid, data -> data.containsKey(uid));
    try (Typist typist = typist(ns, uid, node)) {
      typist.type(PAGE, "Purge it");
    }
    awaitReport(ns, node, "the report has it no more", data -> !data.containsKey(uid));
  }

  /** Waits until the report, by UID, is as wanted; an absent report is an empty one. */
  public static void awaitReport(
      TestNamespace ns, String node, String what, Predicate<Map<String, String>> wanted) {
    TestNamespace.await(
        report(ns, node),
        what,
        map -> wanted.test(map == null || map.getData() == null ? Map.of() : map.getData()),
        Timeouts.POD);
  }

  /** Types the commands of {@link #PAGE} with the names of this test. */
  public static Typist typist(TestNamespace ns, String uid, String node) {
    return new Typist(ns)
        .with("NODE", node)
        .with(": UID", ": " + uid)
        .with("=UID", "=" + uid)
        .with("debian:12", TestNamespace.BUSYBOX)
        .with("infinity", "\"86400\"");
  }
}
