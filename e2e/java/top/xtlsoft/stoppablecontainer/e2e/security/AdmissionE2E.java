package top.xtlsoft.stoppablecontainer.e2e.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.e2e.support.AgentTokens;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Result;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** Writes that the API server allows only to the operator, or only to the agent of a node. */
@ClusterTest
class AdmissionE2E {

  private static final String BY_OPERATOR_POLICY =
      "ValidatingAdmissionPolicy 'stoppablecontainer-controller-manager' with binding"
          + " 'stoppablecontainer-controller-manager' denied request: ";
  private static final String BY_AGENT_POLICY =
      "ValidatingAdmissionPolicy 'stoppablecontainer-mount-helper' with binding"
          + " 'stoppablecontainer-mount-helper' denied request: ";
  private static final String LABELS_REFUSED =
      BY_OPERATOR_POLICY
          + "labels stoppablecontainer.xtlsoft.top/managed-by, instance and role are set by the"
          + " operator alone";
  private static final String OWNERS_REFUSED =
      BY_OPERATOR_POLICY
          + "owner references to an instance, and those of an instance, are set by the operator"
          + " alone";
  private static final String INSTANCE_REFUSED =
      BY_OPERATOR_POLICY + "an instance is made, and its spec is written, by the operator alone";

  /** A condition as the agent writes it, and a report of its. */
  private static final String CONDITION =
      "{\"status\":{\"conditions\":[{\"type\":\"%s\",\"status\":\"True\",\"reason\":\"Forged\"}]}}"
          .formatted(ApiNames.POD_CONDITION_ATTACHED);

  private static final String REPORT = "{\"status\":{\"agent\":{\"message\":\"forged\"}}}";

  @Test
  @Tag("smoke")
  void anotherNodesAgentIsRefused(TestNamespace ns) {
    String box = running(ns);
    String node = ns.status(box).nodeName();
    String refusal =
        BY_AGENT_POLICY
            + "the agent of node '"
            + AgentTokens.OTHER_NODE
            + "' may not write what belongs to node '"
            + node
            + "'";
    AgentTokens.withAgentOfOtherNode(
        agent -> {
          step("pod status, instance status and finalizers, with a token of another node's agent");
          refused(refusal, () -> patch(agent.pods().resource(ns.getPod(box)), true, CONDITION));
          refused(refusal, () -> patch(instance(agent, ns, box), true, REPORT));
          refused(
              refusal,
              () -> patch(instance(agent, ns, box), false, "{\"metadata\":{\"finalizers\":[]}}"));
        });
    AgentTokens.withUnboundToken(
        agent -> {
          step("a token that is bound to no pod");
          refused(
              BY_AGENT_POLICY + "a node agent's token must be bound to a pod on a node",
              () -> patch(instance(agent, ns, box), true, REPORT));
        });
  }

  @Test
  void aNodesOwnAgentWritesNoMoreThanItReports(TestNamespace ns) {
    String box = running(ns);
    Fixture foreign = Fixture.of("foreign-pod.yaml").with("name: box", "name: foreign");
    String plain = ns.createPod(foreign).getMetadata().getName();
    AgentTokens.withAgentOf(
        ns.status(box).nodeName(),
        agent -> {
          var pod = agent.pods().resource(ns.getPod(box));
          var instance = instance(agent, ns, box);
          step("what it does write is accepted");
          patch(pod, true, CONDITION);
          patch(instance, true, REPORT);

          step("all else is refused");
          refused(
              BY_AGENT_POLICY + "a node agent may only write to pods that the operator made",
              () -> patch(agent.pods().resource(ns.getPod(plain)), true, CONDITION));
          String metadata =
              BY_AGENT_POLICY
                  + "a node agent may not change labels, annotations, owner references or specs";
          refused(
              metadata, () -> patch(pod, true, "{\"metadata\":{\"annotations\":{\"a\":\"b\"}}}"));
          refused(
              metadata,
              () -> patch(instance, false, "{\"metadata\":{\"annotations\":{\"a\":\"b\"}}}"));
          refused(
              BY_AGENT_POLICY
                  + "of the status of an instance or a snapshot a node agent may only write"
                  + " \"agent\"",
              () -> patch(instance, true, "{\"status\":{\"hostPath\":\"/etc\"}}"));
          refused(
              BY_AGENT_POLICY
                  + "a node agent may only drop its own finalizer, of an instance or a snapshot that is"
                  + " being deleted",
              () -> patch(instance, false, "{\"metadata\":{\"finalizers\":[]}}"));
          step("or not even asked for, for want of the right");
          assertTrue(
              assertThrows(
                      KubernetesClientException.class,
                      () -> agent.pods().resource(ns.getPod(box)).delete())
                  .getMessage()
                  .contains("cannot delete resource \"pods\""));
        });
  }

  @Test
  void aNodesOwnAgentReportsItsOwnNodeAlone(TestNamespace ns) {
    String box = running(ns);
    String node = ns.status(box).nodeName();
    String policy =
        "ValidatingAdmissionPolicy 'stoppablecontainer-mount-helper-reports' with binding"
            + " 'stoppablecontainer-mount-helper-reports' denied request: ";
    String foreign =
        policy + "a node agent may only write the report and the events of its own node";
    AgentTokens.withAgentOf(
        node,
        agent -> {
          step("the report of another node, or another ConfigMap of the namespace");
          for (String name : List.of("stoppablecontainer-orphans-other", node, "any")) {
            refused(foreign, () -> agent.resource(configMap(name)).create());
          }
          step("what is purged");
          ConfigMap own = configMap("stoppablecontainer-orphans-" + node);
          ns.client().resource(own).serverSideApply();
          refused(
              policy + "a node agent may not change annotations",
              () ->
                  agent
                      .configMaps()
                      .inNamespace(ApiNames.OPERATOR_NAMESPACE)
                      .resource(own)
                      .patch(
                          PatchContext.of(PatchType.JSON_MERGE),
                          "{\"metadata\":{\"annotations\":{\"stoppablecontainer.xtlsoft.top/purge\":"
                              + " \"uid\"}}}"));
          step("an event in the name of another node");
          refused(foreign, () -> agent.resource(event(ns, "other")).create());
          agent.resource(event(ns, node)).create();
        });
  }

  private static ConfigMap configMap(String name) {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withNamespace(ApiNames.OPERATOR_NAMESPACE)
        .withName(name)
        .endMetadata()
        .build();
  }

  private static Event event(TestNamespace ns, String node) {
    return new EventBuilder()
        .withNewMetadata()
        .withNamespace(ns.name())
        .withName("event." + node)
        .endMetadata()
        .withRegarding(
            new ObjectReferenceBuilder()
                .withApiVersion("v1")
                .withKind("Pod")
                .withNamespace(ns.name())
                .withName("any")
                .build())
        .withType("Normal")
        .withReason("Any")
        .withAction("Any")
        .withNote("any")
        .withReportingController("stoppablecontainer.xtlsoft.top/any")
        .withReportingInstance(node)
        .withEventTime(new MicroTime("2026-01-01T00:00:00.000000Z"))
        .build();
  }

  @Test
  @Tag("smoke")
  void aUserCanNotForgeAPodOfThisProject(TestNamespace ns) {
    String box = running(ns);
    String uid = ns.sci(box).get().getMetadata().getUid();
    Fixture pod = Fixture.of("foreign-pod.yaml").with("name: box", "name: forged");
    String label = ApiNames.LABEL_MANAGED_BY + ": " + ApiNames.MANAGED_BY_VALUE;

    step("with our label");
    refused(create(ns, pod.with("name: forged", "name: forged\n  labels: {" + label + "}")))
        .contains(LABELS_REFUSED);
    step("with an owner reference to another user's instance");
    for (boolean controller : new boolean[] {true, false}) {
      refused(create(ns, pod.with("name: forged", "name: forged\n" + owner(box, uid, controller))))
          .contains(OWNERS_REFUSED);
    }
    step("added later to a pod of its own");
    String plain = ns.createPod(pod.with("name: forged", "name: plain")).getMetadata().getName();
    refused(ns.kubectl("label", "pod", plain, label.replace(": ", "="))).contains(LABELS_REFUSED);
    refused(
            ns.kubectl(
                "patch",
                "pod",
                plain,
                "--type=merge",
                "-p",
                "{\"metadata\":{\"ownerReferences\":[%s]}}".formatted(ownerJson(box, uid))))
        .contains(OWNERS_REFUSED);

    step("made for it by a controller of Kubernetes'");
    create(ns, Fixture.of("labelled-replicaset.yaml")).ok();
    var replicaSet = ns.client().apps().replicaSets().inNamespace(ns.name()).withName("forger");
    TestNamespace.await(
        replicaSet,
        "refused for its label",
        set ->
            set != null
                && set.getStatus().getConditions().stream()
                    .anyMatch(
                        c ->
                            c.getType().equals("ReplicaFailure")
                                && c.getMessage().contains(LABELS_REFUSED)),
        Timeouts.CONDITION);
    assertEquals(List.of(box, ApiNames.providerPodName(box), plain), ns.podNames());

    step("what is no forgery is accepted: its own labels, and belonging to a StoppableContainer");
    ns.kubectl("label", "pod", box, "team=mine").ok();
    String sc = ns.sc(box).get().getMetadata().getUid();
    String belongs = owner(box, sc, false).replace("ContainerInstance", "Container");
    create(ns, pod.with("name: forged", "name: belongs\n" + belongs)).ok();
  }

  @Test
  void aUserCanNotTakeOurPodsApart(TestNamespace ns) {
    String box = running(ns);
    String provider = ApiNames.providerPodName(box);

    for (String key : List.of(ApiNames.LABEL_MANAGED_BY, ApiNames.LABEL_INSTANCE)) {
      refused(ns.kubectl("label", "pod", box, "--overwrite", key + "=other"))
          .contains(LABELS_REFUSED);
      refused(ns.kubectl("label", "pod", provider, key + "-")).contains(LABELS_REFUSED);
    }
    refused(ns.kubectl("label", "pod", box, "--overwrite", ApiNames.LABEL_ROLE + "=provider"))
        .contains(LABELS_REFUSED);
    refused(
            ns.kubectl(
                "patch",
                "pod",
                provider,
                "--type=merge",
                "-p",
                "{\"metadata\":{\"ownerReferences\":null}}"))
        .contains(OWNERS_REFUSED);
    step("nor by way of a subresource");
    refused(
            ns.kubectl(
                "patch",
                "pod",
                box,
                "--subresource=status",
                "--type=merge",
                "-p",
                "{\"metadata\":{\"labels\":{\"%s\":null}}}".formatted(ApiNames.LABEL_ROLE)))
        .contains(LABELS_REFUSED);
  }

  @Test
  void instancesAndBinariesAreTheOperatorsAlone(TestNamespace ns) {
    String box = running(ns);

    refused(create(ns, Fixture.of("forged-instance.yaml"))).contains(INSTANCE_REFUSED);
    refused(
            ns.kubectl(
                "patch", "sci", box, "--type=merge", "-p", "{\"spec\":{\"image\":\"other:1\"}}"))
        .contains(INSTANCE_REFUSED);
    refused(
            ns.kubectl(
                "patch",
                "sci",
                box,
                "--type=merge",
                "-p",
                "{\"metadata\":{\"ownerReferences\":null}}"))
        .contains(OWNERS_REFUSED);
    refused(ns.kubectl("patch", "sci", box, "--subresource=status", "--type=merge", "-p", REPORT))
        .contains(
            BY_OPERATOR_POLICY
                + "an instance's status is written by the operator and the node agent alone");
    refused(ns.kubectl("create", "configmap", "stoppablecontainer-bin-amd64-0123456789"))
        .contains(
            BY_OPERATOR_POLICY
                + "ConfigMaps stoppablecontainer-bin-... are made by the operator alone");
  }

  /** A client that deletes an instance deletes a file system: the right to delete is not enough. */
  @Test
  void instancesAreDeletedByWhomMayPurgeThemAlone(TestNamespace ns) {
    String box = running(ns);
    String user = "--as=system:serviceaccount:" + ns.name() + ":default";
    ns.kubectl(
            "create",
            "role",
            "deleter",
            "--verb=get,list,delete,patch,update",
            "--resource=stoppablecontainerinstances." + ApiNames.GROUP)
        .ok();
    ns.kubectl(
            "create",
            "rolebinding",
            "deleter",
            "--role=deleter",
            "--serviceaccount=" + ns.name() + ":default")
        .ok();
    refused(ns.kubectl("delete", "sci", box, user, "--dry-run=server"))
        .contains("Deleting an instance deletes its file system and takes the verb purge");
    refused(
            ns.kubectl(
                "patch",
                "sci",
                box,
                user,
                "--type=merge",
                "-p",
                "{\"metadata\":{\"finalizers\":null}}"))
        .contains(BY_OPERATOR_POLICY + "an instance's finalizers are written by the operator");
    step("an administrator has all verbs");
    ns.kubectl("delete", "sci", box, "--dry-run=server").ok();
    ns.deleteAndWait(box);
  }

  /** From Kubernetes 1.35 on the labels of a Binding become the pod's. */
  @Test
  void aBindingSetsNoLabelOfThisProject(TestNamespace ns) {
    String binding =
        """
        {"apiVersion": "v1", "kind": "Binding",
         "metadata": {"name": "other", "labels": {"stoppablecontainer.xtlsoft.top/role": "provider"}},
         "target": {"apiVersion": "v1", "kind": "Node", "name": "nowhere"}}
        """;
    refused(ns.kubectlWithInput(binding, "create", "-f", "-")).contains(LABELS_REFUSED);
    refused(
            ns.kubectlWithInput(
                binding,
                "create",
                "--raw",
                "/api/v1/namespaces/" + ns.name() + "/pods/other/binding",
                "-f",
                "-"))
        .contains(LABELS_REFUSED);
  }

  private static String running(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    return box;
  }

  private static Resource<StoppableContainerInstance> instance(
      KubernetesClient agent, TestNamespace ns, String name) {
    return agent
        .resources(StoppableContainerInstance.class)
        .inNamespace(ns.name())
        .resource(ns.sci(name).get());
  }

  /** A dry run: the API server says whether it would write. */
  private static <T extends HasMetadata> void patch(
      Resource<T> resource, boolean status, String json) {
    PatchContext context =
        new PatchContext.Builder()
            .withPatchType(
                json.equals(CONDITION) ? PatchType.STRATEGIC_MERGE : PatchType.JSON_MERGE)
            .withDryRun(List.of("All"))
            .build();
    if (status) {
      resource.subresource("status").patch(context, json);
    } else {
      resource.patch(context, json);
    }
  }

  private static void refused(String message, Runnable call) {
    KubernetesClientException refusal =
        assertThrows(KubernetesClientException.class, call::run, message);
    assertTrue(String.valueOf(refusal.getMessage()).contains(message), refusal.getMessage());
  }

  private static Refusal refused(Result result) {
    assertNotEquals(0, result.exit(), result.toString());
    return new Refusal(result.err());
  }

  private record Refusal(String text) {
    void contains(String message) {
      assertTrue(text.contains(message), text);
    }
  }

  private static Result create(TestNamespace ns, Fixture fixture) {
    return ns.kubectlWithInput(fixture.text(), "create", "-f", "-");
  }

  private static String owner(String name, String uid, boolean controller) {
    return "  ownerReferences: [" + ownerJson(name, uid).replace("true", "" + controller) + "]";
  }

  private static String ownerJson(String name, String uid) {
    return ("{\"apiVersion\": \"%s/%s\", \"kind\": \"StoppableContainerInstance\","
            + " \"name\": \"%s\", \"uid\": \"%s\", \"controller\": true}")
        .formatted(ApiNames.GROUP, ApiNames.VERSION, name, uid);
  }
}
