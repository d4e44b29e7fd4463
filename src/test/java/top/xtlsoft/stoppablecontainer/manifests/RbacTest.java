package top.xtlsoft.stoppablecontainer.manifests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.agent.instance.InstanceReleaser;
import top.xtlsoft.stoppablecontainer.agent.instance.InstanceReporter;
import top.xtlsoft.stoppablecontainer.agent.instance.OrphanKeeper;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentEvents;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentInformers;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentInstances;
import top.xtlsoft.stoppablecontainer.agent.request.PodConditionReporter;
import top.xtlsoft.stoppablecontainer.agent.snapshot.SnapshotReleaser;
import top.xtlsoft.stoppablecontainer.agent.snapshot.SnapshotReporter;
import top.xtlsoft.stoppablecontainer.api.Kinds;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerRestore;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.operator.election.LeaderElection;
import top.xtlsoft.stoppablecontainer.operator.kube.ConfigMapGateway;
import top.xtlsoft.stoppablecontainer.operator.kube.EventRecorder;
import top.xtlsoft.stoppablecontainer.operator.kube.EventSeriesGateway;
import top.xtlsoft.stoppablecontainer.operator.kube.InstanceGateway;
import top.xtlsoft.stoppablecontainer.operator.kube.OperatorCaches;
import top.xtlsoft.stoppablecontainer.operator.kube.PodGateway;
import top.xtlsoft.stoppablecontainer.operator.kube.ResourceGateway;
import top.xtlsoft.stoppablecontainer.operator.kube.ResourceReader;
import top.xtlsoft.stoppablecontainer.operator.kube.StatusWriter;
import top.xtlsoft.stoppablecontainer.operator.model.ResourceMetadata;
import top.xtlsoft.stoppablecontainer.operator.snapshot.RestoreGateway;
import top.xtlsoft.stoppablecontainer.operator.snapshot.SnapshotGateway;
import top.xtlsoft.stoppablecontainer.runtime.observe.ObservePort;

/**
 * Each verb that is granted has a class that needs it, and each class's needs are granted. A right
 * that is wanted goes into this table with its reason, or it does not go into the role.
 */
class RbacTest {

  private static final String INSTANCES = HasMetadata.getPlural(StoppableContainerInstance.class);

  private static final String RESOURCES = HasMetadata.getPlural(StoppableContainer.class);

  private static final String SNAPSHOTS = HasMetadata.getPlural(StoppableContainerSnapshot.class);

  private static final String RESTORES = HasMetadata.getPlural(StoppableContainerRestore.class);

  private static final Map<String, Class<?>> OPERATOR =
      Map.ofEntries(
          Map.entry("configmaps create", ConfigMapGateway.class),
          Map.entry("configmaps delete", ConfigMapGateway.class),
          Map.entry("configmaps list", OperatorCaches.class),
          Map.entry("configmaps watch", OperatorCaches.class),
          Map.entry("events create", EventRecorder.class),
          Map.entry("events get", EventSeriesGateway.class),
          Map.entry("events patch", EventSeriesGateway.class),
          Map.entry("leases create", LeaderElection.class),
          Map.entry("leases get", LeaderElection.class),
          Map.entry("leases patch", LeaderElection.class),
          Map.entry("nodes list", OperatorCaches.class),
          Map.entry("nodes watch", OperatorCaches.class),
          Map.entry("pods create", PodGateway.class),
          Map.entry("pods delete", PodGateway.class),
          // Looks for pods that its cache lacks, before it takes one for gone.
          Map.entry("pods get", PodGateway.class),
          Map.entry("pods list", OperatorCaches.class),
          // Ends what still runs beside a main container that has ended.
          Map.entry("pods patch", PodGateway.class),
          // A pod that waits for a start may hold less than it requests.
          Map.entry("pods/resize patch", PodGateway.class),
          // Takes readiness back from a container that was started again.
          Map.entry("pods/status patch", PodGateway.class),
          Map.entry("pods watch", OperatorCaches.class),
          Map.entry(INSTANCES + " create", InstanceGateway.class),
          Map.entry(INSTANCES + " delete", InstanceGateway.class),
          // Whose is the one that is there already?
          Map.entry(INSTANCES + " get", InstanceGateway.class),
          Map.entry(INSTANCES + " patch", InstanceGateway.class),
          // Its owner references block their owner's deletion.
          Map.entry(INSTANCES + "/finalizers update", ResourceMetadata.class),
          Map.entry("subjectaccessreviews create", ObservePort.class),
          Map.entry("tokenreviews create", ObservePort.class),
          // What the cache leaves out of large ones.
          Map.entry(RESOURCES + " get", ResourceReader.class),
          Map.entry(RESOURCES + " delete", ResourceGateway.class),
          Map.entry(RESOURCES + " patch", ResourceGateway.class),
          Map.entry(RESOURCES + "/finalizers update", ResourceMetadata.class),
          Map.entry(RESTORES + "/finalizers update", ResourceMetadata.class),
          // At the end of its ttl.
          Map.entry(RESTORES + " delete", RestoreGateway.class),
          Map.entry(SNAPSHOTS + " delete", SnapshotGateway.class),
          // Of what is cloned, or restored.
          Map.entry(SNAPSHOTS + " create", InstanceGateway.class),
          // All finalizers of one with many.
          Map.entry(SNAPSHOTS + " get", ResourceReader.class),
          Map.entry(SNAPSHOTS + " patch", SnapshotGateway.class));

  /** What the operator needs of each kind. */
  private static final Map<String, Class<?>> EACH_KIND =
      Map.of(
          " list", OperatorCaches.class,
          " watch", OperatorCaches.class,
          "/status patch", StatusWriter.class);

  private static final Map<String, Class<?>> AGENT =
      Map.ofEntries(
          // What is set aside on the node, in the agent's own namespace.
          Map.entry("configmaps create", OrphanKeeper.class),
          Map.entry("configmaps get", OrphanKeeper.class),
          Map.entry("configmaps list", AgentInformers.class),
          Map.entry("configmaps watch", AgentInformers.class),
          Map.entry("configmaps patch", OrphanKeeper.class),
          Map.entry("events create", AgentEvents.class),
          Map.entry("pods list", AgentInformers.class),
          Map.entry("pods watch", AgentInformers.class),
          Map.entry("pods/status patch", PodConditionReporter.class),
          Map.entry("subjectaccessreviews create", ObservePort.class),
          Map.entry("tokenreviews create", ObservePort.class),
          Map.entry(INSTANCES + " get", AgentInstances.class),
          Map.entry(INSTANCES + " list", AgentInformers.class),
          Map.entry(INSTANCES + " patch", InstanceReleaser.class),
          Map.entry(INSTANCES + " watch", AgentInformers.class),
          Map.entry(INSTANCES + "/status patch", InstanceReporter.class),
          Map.entry(SNAPSHOTS + " list", AgentInformers.class),
          Map.entry(SNAPSHOTS + " patch", SnapshotReleaser.class),
          Map.entry(SNAPSHOTS + " watch", AgentInformers.class),
          Map.entry(SNAPSHOTS + "/status patch", SnapshotReporter.class));

  @Test
  void operatorHasExactlyTheRightsItNeeds() throws IOException {
    Map<String, Class<?>> needed = new HashMap<>(OPERATOR);
    Kinds.ALL.forEach(
        kind ->
            EACH_KIND.forEach(
                (right, user) -> needed.put(HasMetadata.getPlural(kind) + right, user)));
    assertEquals(lines(needed), granted("operator"));
  }

  @Test
  void agentHasExactlyTheRightsItNeeds() throws IOException {
    assertEquals(lines(AGENT), granted("agent"));
  }

  private static String lines(Map<String, Class<?>> needed) {
    return String.join("\n", new TreeMap<>(needed).keySet());
  }

  private static String granted(String part) throws IOException {
    SortedSet<String> granted = new TreeSet<>();
    for (String document :
        Files.readString(Path.of("kustomize", part, "rbac.yaml")).split("\n---\n")) {
      rules(Serialization.unmarshal(document, HasMetadata.class))
          .forEach(rule -> add(granted, rule));
    }
    return String.join("\n", granted);
  }

  private static Stream<PolicyRule> rules(HasMetadata object) {
    List<PolicyRule> rules =
        switch (object) {
          case ClusterRole role -> role.getRules();
          case Role role -> role.getRules();
          default -> List.of();
        };
    return rules.stream();
  }

  private static void add(SortedSet<String> granted, PolicyRule rule) {
    // The reader's role, which operator and agent have not, names a path and no resource.
    for (String resource : rule.getResources()) {
      for (String verb : rule.getVerbs()) {
        granted.add(resource + " " + verb);
      }
    }
  }
}
