package top.xtlsoft.stoppablecontainer.operator.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NodeSelectorTerm;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.MainContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.operator.pass.Given;

class PodFactoriesTest {

  private static Pod consumer(String spec) {
    StoppableContainer sc = Given.sc(spec);
    return Given.consumer(sc, Given.instance(sc, true, true));
  }

  private static Pod provider(String spec) {
    StoppableContainer sc = Given.sc(spec);
    return Given.provider(sc, Given.instance(sc, false, false));
  }

  private static Container main(Pod pod) {
    return pod.getSpec().getContainers().getFirst();
  }

  @Test
  void wrapsTheUsersCommandAndKeepsItsArguments() {
    Container main =
        main(consumer("template: {container: {image: i, command: [a, b], args: [c]}}"));
    assertEquals(
        List.of("/.sc-bin/sc-exec", "--request=attach", "--", "a", "b"), main.getCommand());
    assertEquals(List.of("c"), main.getArgs());
    assertEquals("main", main.getName());
    assertEquals("FallbackToLogsOnError", main.getTerminationMessagePolicy());
  }

  @Test
  void namesItsContainerAsTheDefaultOfKubectlUnlessTheUserNamesOne() {
    StoppableContainer plain = Given.sc("{template: {container: {name: app, image: 'image:1'}}}");
    StoppableContainer own =
        Given.sc(
            """
            template:
              metadata: {annotations: {kubectl.kubernetes.io/default-container: side}}
              container: {image: 'image:1'}
            """);
    assertEquals(
        "app",
        Given.consumer(plain, Given.instance(plain, true, true))
            .getMetadata()
            .getAnnotations()
            .get(ApiNames.ANNOTATION_DEFAULT_CONTAINER));
    assertEquals(
        "side",
        Given.consumer(own, Given.instance(own, true, true))
            .getMetadata()
            .getAnnotations()
            .get(ApiNames.ANNOTATION_DEFAULT_CONTAINER));
  }

  @Test
  void findsTheMainContainerBehindAContainerOfAWebhook() {
    StoppableContainer sc = Given.sc(true);
    Pod pod = Given.consumer(sc, Given.instance(sc, true, true));
    assertEquals("main", MainContainer.of(pod).orElseThrow().getName());
    Pod changed = Given.changedByWebhooks(pod);
    assertEquals("main", MainContainer.of(changed).orElseThrow().getName());
    assertEquals("main", MainContainer.of(Given.cached(changed)).orElseThrow().getName());
  }

  @Test
  void requestsTheImagesEntryPointWithoutACommand() {
    Container main = main(consumer("template: {container: {image: i, args: [c]}}"));
    assertEquals(
        List.of("/.sc-bin/sc-exec", "--request=attach", "--image-entrypoint", "--"),
        main.getCommand());
    assertEquals(List.of("c"), main.getArgs());
  }

  @Test
  void wrapsAPostStartCommandAndNoOtherHook() {
    Container main =
        main(
            consumer(
                """
                template:
                  container:
                    image: i
                    lifecycle: {postStart: {exec: {command: [p]}}, preStop: {exec: {command: [q]}}}
                """));
    assertEquals(
        List.of("/.sc-bin/sc-exec", "p"),
        main.getLifecycle().getPostStart().getExec().getCommand());
    assertEquals(List.of("q"), main.getLifecycle().getPreStop().getExec().getCommand());
  }

  @Test
  void addsItsVolumesBesideTheUsersAndMountsTheAnswerReadOnly() {
    Pod pod =
        consumer(
            """
            template:
              volumes: [{name: v, emptyDir: {}}]
              container:
                image: i
                terminationMessagePolicy: File
                volumeMounts: [{name: v, mountPath: /v, subPath: s}]
            """);
    assertEquals(
        List.of("v", ApiNames.VOLUME_BIN, ApiNames.VOLUME_REQUEST, ApiNames.VOLUME_READY),
        pod.getSpec().getVolumes().stream().map(Volume::getName).toList());
    List<VolumeMount> mounts = main(pod).getVolumeMounts();
    assertEquals("s", mounts.getFirst().getSubPath());
    assertEquals(
        List.of("/v", "/.sc-bin", "/.sc-request", "/.sc-ready"),
        mounts.stream().map(VolumeMount::getMountPath).toList());
    assertTrue(mounts.get(1).getReadOnly());
    assertNull(mounts.get(2).getReadOnly());
    assertTrue(mounts.get(3).getReadOnly());
    assertEquals(0555, pod.getSpec().getVolumes().get(1).getConfigMap().getDefaultMode());
    assertEquals("File", main(pod).getTerminationMessagePolicy());
  }

  @Test
  void makesTheFirstRootReadOnlyAndRecordsTheUsersChoice() {
    for (String wanted : List.of("", "{}", "{readOnlyRootFilesystem: false, runAsUser: 7}")) {
      Pod pod =
          consumer("template: {container: {image: i, securityContext: %s}}".formatted(wanted));
      assertTrue(main(pod).getSecurityContext().getReadOnlyRootFilesystem(), wanted);
      assertEquals("writable", pod.getMetadata().getAnnotations().get(ApiNames.ANNOTATION_ROOT));
    }
    Pod pod =
        consumer(
            """
            template:
              container: {image: i, securityContext: {readOnlyRootFilesystem: true, runAsUser: 7}}
            """);
    assertTrue(main(pod).getSecurityContext().getReadOnlyRootFilesystem());
    assertEquals(7, main(pod).getSecurityContext().getRunAsUser());
    assertEquals("read-only", pod.getMetadata().getAnnotations().get(ApiNames.ANNOTATION_ROOT));
  }

  @Test
  void leavesOtherContainersAsTheyAre() {
    String spec =
        """
        template:
          metadata: {labels: {app: x, stoppablecontainer.xtlsoft.top/role: mine}, annotations: {n: m}}
          spec:
            hostname: h
            readinessGates: [{conditionType: users/own}]
            initContainers: [{name: first, image: j, command: [k]}]
            containers: [{name: own, image: i, command: [a]}, {name: side, image: s}]
        """;
    Pod pod = consumer(spec);
    assertEquals(List.of("k"), pod.getSpec().getInitContainers().getFirst().getCommand());
    assertEquals(List.of(), pod.getSpec().getContainers().get(1).getCommand());
    assertEquals("own", main(pod).getName());
    assertEquals("h", pod.getSpec().getHostname());
    assertEquals(
        List.of("users/own", ApiNames.POD_CONDITION_ATTACHED),
        pod.getSpec().getReadinessGates().stream().map(g -> g.getConditionType()).toList());
    Map<String, String> labels = pod.getMetadata().getLabels();
    assertEquals("x", labels.get("app"));
    assertEquals("consumer", labels.get(ApiNames.LABEL_ROLE));
    assertEquals("box", labels.get(ApiNames.LABEL_INSTANCE));
    assertEquals("m", pod.getMetadata().getAnnotations().get("n"));
    assertTrue(
        pod.getMetadata()
            .getAnnotations()
            .get("stoppablecontainer.xtlsoft.top/template-hash")
            .matches("[0-9a-f]{16}"));
    assertEquals("sci-uid", pod.getMetadata().getOwnerReferences().getFirst().getUid());
  }

  @Test
  void narrowsEachAlternativeOfTheUsersNodeAffinity() {
    Pod pod =
        consumer(
            """
            template:
              container: {image: i}
              affinity:
                podAntiAffinity: {}
                nodeAffinity:
                  requiredDuringSchedulingIgnoredDuringExecution:
                    nodeSelectorTerms:
                    - matchExpressions: [{key: a, operator: Exists}]
                    - matchExpressions: []
                    - matchFields: [{key: metadata.name, operator: NotIn, values: [other]}]
            """);
    List<NodeSelectorTerm> terms =
        pod.getSpec()
            .getAffinity()
            .getNodeAffinity()
            .getRequiredDuringSchedulingIgnoredDuringExecution()
            .getNodeSelectorTerms();
    assertEquals(2, terms.size());
    assertEquals("a", terms.get(0).getMatchExpressions().getFirst().getKey());
    assertEquals(List.of("node1"), terms.get(0).getMatchFields().getFirst().getValues());
    assertEquals(2, terms.get(1).getMatchFields().size());
    assertEquals(List.of("node1"), terms.get(1).getMatchFields().get(1).getValues());
  }

  @Test
  void leavesTheTemplateUnchanged() {
    StoppableContainer sc = Given.sc("template: {spec: {containers: [{image: i, command: [a]}]}}");
    String before = Serialization.asYaml(sc);
    StoppableContainerInstance instance = Given.instance(sc, true, true);
    Given.consumer(sc, instance);
    Given.provider(sc, instance);
    assertEquals(before, Serialization.asYaml(sc));
  }

  @Test
  void providerSatisfiesTheRestrictedStandard() {
    Pod pod =
        provider(
            """
            template:
              imagePullSecrets: [{name: s}]
              nodeSelector: {disk: fast}
              tolerations: [{key: t}]
              runtimeClassName: r
              hostNetwork: true
              container: {image: i, imagePullPolicy: Never, securityContext: {privileged: true}}
            """);
    assertEquals("box-provider", pod.getMetadata().getName());
    assertTrue(pod.getSpec().getSecurityContext().getRunAsNonRoot());
    assertEquals(
        "RuntimeDefault", pod.getSpec().getSecurityContext().getSeccompProfile().getType());
    for (Container container : pod.getSpec().getContainers()) {
      assertEquals(List.of("ALL"), container.getSecurityContext().getCapabilities().getDrop());
      assertFalse(container.getSecurityContext().getAllowPrivilegeEscalation());
      assertEquals("i", container.getImage());
      assertEquals("Never", container.getImagePullPolicy());
      assertEquals("/", container.getWorkingDir());
    }
    assertNull(pod.getSpec().getHostNetwork());
    assertFalse(pod.getSpec().getAutomountServiceAccountToken());
    assertEquals("s", pod.getSpec().getImagePullSecrets().getFirst().getName());
    assertEquals(Map.of("disk", "fast"), pod.getSpec().getNodeSelector());
    assertEquals("t", pod.getSpec().getTolerations().getFirst().getKey());
    assertEquals("r", pod.getSpec().getRuntimeClassName());
    Container rootfs = main(pod);
    assertEquals(ApiNames.CONTAINER_ROOTFS, rootfs.getName());
    assertEquals(ApiNames.ENV_ROOTFS_MARKER, rootfs.getEnv().getFirst().getName());
    assertEquals(List.of("/.sc-bin/pause"), rootfs.getCommand());
    assertEquals(1, rootfs.getVolumeMounts().size());
    Container asks = pod.getSpec().getContainers().get(1);
    assertEquals(
        List.of("/.sc-bin/sc-exec", "--request=mount", "--", "/.sc-bin/pause"), asks.getCommand());
    assertEquals(3, asks.getVolumeMounts().size());
  }

  @Test
  void prefersTheUsersSettingsOfTheProvider() {
    Pod pod =
        provider(
            """
            provider:
              resources: {limits: {cpu: '1'}}
              nodeSelector: {disk: slow}
              tolerations: []
            template: {nodeSelector: {disk: fast}, tolerations: [{key: t}], container: {image: i}}
            """);
    assertEquals(Map.of("disk", "slow"), pod.getSpec().getNodeSelector());
    assertEquals(List.of(), pod.getSpec().getTolerations());
    assertEquals("1", main(pod).getResources().getLimits().get("cpu").getAmount());
  }

  private static final String SPREAD =
      """
      template:
        container: {image: i}
        affinity:
          nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: []}
          podAntiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: []}
        topologySpreadConstraints:
        - {topologyKey: zone, maxSkew: 1, whenUnsatisfiable: DoNotSchedule, minDomains: 2}
        - {topologyKey: rack, maxSkew: 3, whenUnsatisfiable: DoNotSchedule}
        - {topologyKey: rack, maxSkew: 1, whenUnsatisfiable: ScheduleAnyway}
      """;

  @Test
  void keepsOtherToolsFromTheProviderByDefault() {
    StoppableContainer plain = Given.sc(true);
    var metadata = Given.provider(plain, Given.instance(plain, true, true)).getMetadata();
    assertEquals("false", metadata.getLabels().get("sidecar.istio.io/inject"));
    assertEquals("false", metadata.getAnnotations().get("sidecar.istio.io/inject"));
    assertEquals("disabled", metadata.getAnnotations().get("linkerd.io/inject"));
    assertEquals("true", metadata.getAnnotations().get("karpenter.sh/do-not-disrupt"));
    assertEquals(
        "false", metadata.getAnnotations().get("cluster-autoscaler.kubernetes.io/safe-to-evict"));

    StoppableContainer own =
        Given.sc(
            """
            template: {container: {image: 'image:1'}}
            provider:
              metadata:
                labels:
                  team: blue
                  stoppablecontainer.xtlsoft.top/role: consumer
                annotations:
                  karpenter.sh/do-not-disrupt: "false"
                  stoppablecontainer.xtlsoft.top/template-hash: forged
            """);
    Pod made = Given.provider(own, Given.instance(own, true, true));
    assertEquals("blue", made.getMetadata().getLabels().get("team"));
    assertEquals("provider", made.getMetadata().getLabels().get(ApiNames.LABEL_ROLE));
    assertEquals("false", made.getMetadata().getAnnotations().get("karpenter.sh/do-not-disrupt"));
    assertEquals(
        TemplateHash.of(NormalizedTemplate.of(own.getSpec().template())),
        TemplateHash.of(made).orElseThrow());
  }

  @Test
  void leavesItsObjectsOutOfBackups() {
    StoppableContainer sc = Given.sc(true);
    StoppableContainerInstance instance = Given.instance(sc, true, true);
    for (HasMetadata made :
        List.of(
            instance,
            Given.provider(sc, instance),
            Given.consumer(sc, instance),
            new BinConfigMapFactory(Map.of("amd64", Map.of("pause", new byte[] {1})))
                .configMap("ns", "amd64"))) {
      assertEquals(
          "true",
          made.getMetadata().getLabels().get("velero.io/exclude-from-backup"),
          made.getKind());
    }
  }

  @Test
  void providerChoosesANodeThatFitsTheConsumer() {
    PodSpec provider = provider(SPREAD).getSpec();
    assertEquals(
        List.of(
            "zone 1 DoNotSchedule",
            "zone 1 ScheduleAnyway",
            "rack 2 DoNotSchedule",
            "rack 1 ScheduleAnyway"),
        provider.getTopologySpreadConstraints().stream()
            .map(c -> c.getTopologyKey() + " " + c.getMaxSkew() + " " + c.getWhenUnsatisfiable())
            .toList());
    assertEquals(2, provider.getTopologySpreadConstraints().getFirst().getMinDomains());
    assertNull(provider.getTopologySpreadConstraints().get(1).getMinDomains());
    assertNotNull(provider.getAffinity().getPodAntiAffinity());
  }

  @Test
  void bindsAReplacedProviderOnlyToItsNode() {
    StoppableContainer sc = Given.sc(SPREAD);
    PodSpec provider = Given.provider(sc, Given.instance(sc, true, true)).getSpec();
    assertEquals(List.of(), provider.getTopologySpreadConstraints());
    assertNull(provider.getAffinity().getPodAntiAffinity());
    assertNotNull(
        provider
            .getAffinity()
            .getNodeAffinity()
            .getRequiredDuringSchedulingIgnoredDuringExecution());
    PodSpec consumer = Given.consumer(sc, Given.instance(sc, true, true)).getSpec();
    assertEquals(3, consumer.getTopologySpreadConstraints().size());
    assertNotNull(consumer.getAffinity().getPodAntiAffinity());
  }

  @Test
  void choosesTheArchitectureByNodeThenSelectorThenCluster() {
    Map<String, String> selector = Map.of(Architecture.LABEL, "arm64");
    assertEquals(
        new Architecture("amd64", false),
        Architecture.choose(Optional.of("amd64"), selector, Set.of("amd64", "arm64")));
    assertEquals(
        new Architecture("arm64", false),
        Architecture.choose(Optional.empty(), selector, Set.of("amd64", "arm64")));
    assertEquals(
        new Architecture("arm64", false),
        Architecture.choose(Optional.empty(), Map.of(), Set.of("arm64")));
    assertEquals(
        new Architecture("amd64", true),
        Architecture.choose(Optional.empty(), Map.of(), Set.of("amd64", "arm64")));
  }

  @Test
  void namesTheConfigMapByItsContents() {
    BinConfigMapFactory one = binaries("one");
    assertTrue(one.name("amd64").matches("stoppablecontainer-bin-amd64-[0-9a-f]{10}"));
    assertEquals(one.name("amd64"), binaries("one").name("amd64"));
    assertFalse(one.name("amd64").equals(binaries("two").name("amd64")));
    assertTrue(one.configMap("ns", "amd64").getImmutable());
    assertEquals("b25l", one.configMap("ns", "amd64").getBinaryData().get("sc-exec"));
  }

  private static BinConfigMapFactory binaries(String contents) {
    return new BinConfigMapFactory(
        Map.of("amd64", Map.of("sc-exec", contents.getBytes(StandardCharsets.UTF_8))));
  }
}
