package top.xtlsoft.stoppablecontainer.e2e.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBinding;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerPhase;
import top.xtlsoft.stoppablecontainer.e2e.support.AllowsLogs;
import top.xtlsoft.stoppablecontainer.e2e.support.AuditLog;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.MetricsReader;
import top.xtlsoft.stoppablecontainer.e2e.support.Orphans;
import top.xtlsoft.stoppablecontainer.e2e.support.Result;
import top.xtlsoft.stoppablecontainer.e2e.support.Right;
import top.xtlsoft.stoppablecontainer.e2e.support.Snapshots;
import top.xtlsoft.stoppablecontainer.e2e.support.SystemPods;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/**
 * Operator and agents have no right that they do not use: by the audit log of a life in which all
 * of them are needed once.
 */
@ClusterTest
@Isolated
@Tag("disruptive")
@AllowsLogs(Orphans.LOGS)
class LeastPrivilegeE2E {

  private static final String OPERATOR =
      "system:serviceaccount:" + ApiNames.OPERATOR_NAMESPACE + ":" + ApiNames.OPERATOR_NAME;

  /** Bytes of a spec that is read again by each pass over it. */
  private static final int LARGE = 10_000;

  /** More than the operator's cache keeps. */
  private static final String MANY_FINALIZERS =
      IntStream.range(0, 20)
          .mapToObj(i -> "e2e.stoppablecontainer.xtlsoft.top/" + i)
          .collect(Collectors.joining(", ", "name: before\n  finalizers: [", "]"));

  private static final String OWN_FINALIZER =
      "{\"metadata\":{\"finalizers\":[\"" + ApiNames.SNAPSHOT_FINALIZER + "\"]}}";

  /** What blocks its owner's deletion is made by those alone who may finalize the owner. */
  private static final Set<Right> NEVER_REQUESTED =
      Set.of(
          new Right("stoppablecontainers/finalizers." + ApiNames.GROUP, "update"),
          new Right("stoppablecontainerrestores/finalizers." + ApiNames.GROUP, "update"),
          new Right("stoppablecontainerinstances/finalizers." + ApiNames.GROUP, "update"));

  @BeforeEach
  void needsTheLog() {
    assumeTrue(ClusterEnv.get().embedded(), "the audit log is the embedded cluster's");
  }

  @Test
  void eachRightOfOperatorAndAgentIsUsedAndNoneIsMissing(TestNamespace ns) {
    Instant begin = Instant.now();
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);

    step("an operator that finds no lease, and agents that find file systems");
    SystemPods.withoutOperator(ns.client(), () -> SystemPods.deleteLease(ns.client()));
    SystemPods.deleteAgents(ns.client());
    SystemPods.awaitAgents(ns.client());

    step("one that is deleted because it stays stopped");
    String expiring = ns.create(Fixture.of("expiring.yaml"));
    TestNamespace.awaitGone(ns.sc(expiring), Timeouts.GONE);

    step("events that occur twice");
    for (int i = 0; i < 2; i++) {
      ns.stopAndWait(box);
      ns.startAndWait(box);
    }
    step("an instance of another owner");
    Fixture forged = Fixture.of("forged-instance.yaml");
    ns.kubectlWithInput(forged.text(), "create", "--as=" + OPERATOR, "-f", "-").ok();
    String taken = "forged";
    ns.create(Fixture.of("container.yaml").with("name: box", "name: " + taken));
    ns.awaitNotReady(taken, "NameCollision", Timeouts.CONDITION);

    step("one that the cache does not hold");
    String large =
        ns.create(
            Fixture.of("container.yaml")
                .with("name: box", "name: large")
                .with(
                    "command:",
                    "env: [{name: A, value: " + "x".repeat(LARGE) + "}]\n      command:"));
    ns.awaitRunning(large);

    step("one that holds less while it is parked");
    String parked =
        ns.create(
            Fixture.of("container.yaml")
                .with("name: box", "name: parked")
                .with(
                    "running: true",
                    "running: false\n  whenStopped: Park\n  park: {resources: Shrink}")
                .with(
                    "      command:", "      resources: {requests: {cpu: 100m}}\n      command:"));
    TestNamespace.await(
        ns.pod(parked),
        "resized",
        pod ->
            pod != null
                && new Quantity("10m")
                    .equals(
                        pod.getSpec()
                            .getContainers()
                            .getFirst()
                            .getResources()
                            .getRequests()
                            .get("cpu")),
        Timeouts.RUNNING);
    ns.deleteAndWait(parked);

    step("a main container that ends beside a sidecar");
    String ending =
        ns.create(
            Fixture.of("spec-with-sidecar.yaml")
                .with(
                    "terminationGracePeriodSeconds: 5",
                    "terminationGracePeriodSeconds: 1\n      restartPolicy: Never")
                .with("sleep 86400 & wait\n          env:", "exit 0\n          env:"));
    ns.awaitPhase(ending, StoppableContainerPhase.STOPPED, "False", Timeouts.RUNNING);

    step("a container that is started again while no agent says so");
    SystemPods.withoutAgents(
        ns.client(),
        () -> {
          Pod running = ns.getPod(box);
          ns.exec(box, "kill", "1");
          SystemPods.awaitContainerGone(ns.client(), running, SystemPods.containerId(running));
          TestNamespace.await(
              ns.pod(box),
              "not attached",
              pod ->
                  pod.getStatus().getConditions().stream()
                      .anyMatch(
                          c ->
                              c.getType().equals(ApiNames.POD_CONDITION_ATTACHED)
                                  && c.getStatus().equals("False")),
              Timeouts.CONDITION);
        });
    ns.awaitRunning(box);

    step("a clone, and a snapshot with more finalizers than the cache holds");
    Snapshots.take(ns, Fixture.of("snapshot.yaml").with("name: before", MANY_FINALIZERS));
    String clone =
        ns.create(Fixture.of("clone.yaml").with("snapshotName: before", "containerName: box"));
    ns.stopAndWait(box);
    ns.awaitRunning(clone);
    Snapshots.awaitReady(ns, "before");
    ns.kubectl("patch", "scsnap/before", "--type=merge", "-p", OWN_FINALIZER).ok();
    ns.deleteAndWait(clone);
    ns.kubectlWithInput(Fixture.of("restore.yaml").text(), "create", "-f", "-").ok();
    ns.kubectl("wait", "--for=condition=Ready", "screstore/back", "--timeout=60s").ok();
    expire(ns, "screstore/back");
    expire(ns, "scsnap/before");
    ns.startAndWait(box);

    step("metrics");
    try (MetricsReader reader = MetricsReader.create(ns.client())) {
      for (Pod pod : SystemPods.all(ns.client())) {
        assertTrue(reader.read(pod).contains("camel_"), pod.getMetadata().getName());
      }
    }
    step("files that are set aside, and purged");
    String lost = ns.create(Fixture.of("container.yaml").with("name: box", "name: lost"));
    ns.awaitRunning(lost);
    String node = ns.getPod(lost).getSpec().getNodeName();
    Orphans.report(ns, node).delete();
    Orphans.purge(ns, node, Orphans.forget(ns, lost));

    step("the end");
    ns.kubectl("delete", "sci", taken, "--wait=false").ok();
    ns.deleteAndWait(taken);
    ns.deleteAndWait(ending);
    ns.deleteAndWait(large);
    ns.deleteAndWait(box);

    requireAllUsed(ns, ApiNames.OPERATOR_NAME, begin, NEVER_REQUESTED);
    requireAllUsed(ns, ApiNames.AGENT_NAME, begin, Set.of());
  }

  /** Has the operator delete an object, because its time is over. */
  private static void expire(TestNamespace ns, String object) {
    ns.kubectl("patch", object, "--type=merge", "-p", "{\"spec\":{\"ttl\":\"1s\"}}").ok();
    ns.kubectl("wait", "--for=delete", object, "--timeout=60s").ok();
  }

  private static void requireAllUsed(
      TestNamespace ns, String account, Instant begin, Set<Right> others) {
    SortedSet<Right> granted = Right.granted(ns.client(), account);
    assertTrue(granted.size() > 5, () -> account + " is granted " + granted);
    SortedSet<Right> unused = new TreeSet<>(granted);
    try {
      Awaitility.await("the last requests of " + account + " are noted")
          .atMost(Timeouts.CONDITION)
          .pollInterval(Duration.ofSeconds(1))
          .until(() -> unused.removeAll(AuditLog.used(account, begin)) && unused.equals(others));
    } catch (ConditionTimeoutException e) {
      // The assertions below report the rest.
    }
    step("%s used %d of %d rights", account, granted.size() - unused.size(), granted.size());
    assertEquals(new TreeSet<>(others), unused, "rights that " + account + " did not use");
    assertEquals(List.of(), AuditLog.forbidden(account, begin), "was refused to " + account);
  }

  /** The two rights that are looked at by the API server itself, when an object names its owner. */
  @Test
  void whoMayNotFinalizeAnOwnerCanNotMakeWhatBlocksItsDeletion(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    Fixture pod =
        Fixture.of("foreign-pod.yaml").with("name: box", "name: other" + owned(ns.sci(box).get()));
    Fixture instance =
        Fixture.of("forged-instance.yaml")
            .with("name: forged", "name: forged" + owned(ns.sc(box).get()));
    List<PolicyRule> others =
        ns.client().rbac().clusterRoles().withName(ApiNames.OPERATOR_NAME).get().getRules().stream()
            .filter(rule -> rule.getResources().stream().noneMatch(r -> r.endsWith("/finalizers")))
            .toList();
    asUserWith(
        ns,
        others,
        user -> {
          for (Fixture owned : List.of(pod, instance)) {
            Result refused = create(ns, user, owned);
            assertNotEquals(0, refused.exit());
            assertTrue(refused.err().contains("cannot set blockOwnerDeletion"), refused.err());
            create(ns, OPERATOR, owned).ok();
          }
        });
  }

  private static Result create(TestNamespace ns, String user, Fixture fixture) {
    return ns.kubectlWithInput(
        fixture.text(), "create", "--dry-run=server", "--as=" + user, "-f", "-");
  }

  private static String owned(HasMetadata owner) {
    return ("\n  ownerReferences: [{apiVersion: %s, kind: %s, name: %s, uid: %s,"
            + " controller: true, blockOwnerDeletion: true}]")
        .formatted(
            owner.getApiVersion(),
            owner.getKind(),
            owner.getMetadata().getName(),
            owner.getMetadata().getUid());
  }

  private static void asUserWith(TestNamespace ns, List<PolicyRule> rules, Consumer<String> body) {
    ClusterRole role =
        new ClusterRoleBuilder()
            .withNewMetadata()
            .withName(ns.name())
            .endMetadata()
            .withRules(rules)
            .build();
    ClusterRoleBinding binding =
        new ClusterRoleBindingBuilder()
            .withNewMetadata()
            .withName(ns.name())
            .endMetadata()
            .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", ns.name())
            .addNewSubject("rbac.authorization.k8s.io", "User", ns.name(), null)
            .build();
    ns.client().resource(role).create();
    ns.client().resource(binding).create();
    try {
      body.accept(ns.name());
    } finally {
      ns.client().resource(binding).delete();
      ns.client().resource(role).delete();
    }
  }
}
