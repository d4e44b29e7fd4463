package top.xtlsoft.stoppablecontainer.e2e.support;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequest;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.api.ApiNames;

/** Real tokens of node agents, as an attacker inside an agent has them. */
public final class AgentTokens {

  /** The name of a node that does not exist. */
  public static final String OTHER_NODE = "sc-e2e-other-node";

  private AgentTokens() {}

  /** A client with the token of this node's agent. */
  public static void withAgentOf(String node, Consumer<KubernetesClient> body) {
    Pod agent =
        LogCheck.systemPods(admin()).stream()
            .filter(pod -> pod.getMetadata().getName().startsWith(ApiNames.AGENT_NAME + "-"))
            .filter(pod -> node.equals(pod.getSpec().getNodeName()))
            .findFirst()
            .orElseThrow(() -> new AssertionError("no agent on " + node));
    with(agent, body);
  }

  /** A client with the token of an agent on {@link #OTHER_NODE}. */
  public static void withAgentOfOtherNode(Consumer<KubernetesClient> body) {
    Pod pod =
        new PodBuilder()
            .withNewMetadata()
            .withName("sc-e2e-agent-%08x".formatted(ThreadLocalRandom.current().nextInt()))
            .withNamespace(ApiNames.OPERATOR_NAMESPACE)
            .endMetadata()
            .withNewSpec()
            .withServiceAccountName(ApiNames.AGENT_NAME)
            .withNodeName(OTHER_NODE)
            .addNewContainer()
            .withName("agent")
            .withImage(TestNamespace.BUSYBOX)
            .endContainer()
            .endSpec()
            .build();
    Pod created = admin().resource(pod).create();
    try {
      with(created, body);
    } finally {
      admin().resource(created).withGracePeriod(0).delete();
    }
  }

  /** A client with a token of the agents' service account that is bound to no pod. */
  public static void withUnboundToken(Consumer<KubernetesClient> body) {
    with((Pod) null, body);
  }

  /** An object in the operator's namespace to bind tokens to; deleting it revokes them. */
  public static Secret bindTo(TestNamespace namespace, String name) {
    return admin()
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withName(namespace.name() + "-" + name)
                .withNamespace(ApiNames.OPERATOR_NAMESPACE)
                .endMetadata()
                .build())
        .create();
  }

  /** A token of the operator's service account that is bound to this object. */
  public static String operatorsBoundTo(HasMetadata object) {
    return admin()
        .serviceAccounts()
        .inNamespace(ApiNames.OPERATOR_NAMESPACE)
        .withName(ApiNames.OPERATOR_NAME)
        .tokenRequest(
            new TokenRequestBuilder()
                .withNewSpec()
                .withNewBoundObjectRef(
                    "v1", "Secret", object.getMetadata().getName(), object.getMetadata().getUid())
                .endSpec()
                .build())
        .getStatus()
        .getToken();
  }

  private static void with(@Nullable Pod pod, Consumer<KubernetesClient> body) {
    TokenRequestBuilder request = new TokenRequestBuilder().withNewSpec().endSpec();
    if (pod != null) {
      request
          .editSpec()
          .withNewBoundObjectRef(
              "v1", "Pod", pod.getMetadata().getName(), pod.getMetadata().getUid())
          .endSpec();
    }
    TokenRequest token =
        admin()
            .serviceAccounts()
            .inNamespace(ApiNames.OPERATOR_NAMESPACE)
            .withName(ApiNames.AGENT_NAME)
            .tokenRequest(request.build());
    Config own = admin().getConfiguration();
    Config agents =
        new ConfigBuilder(Config.empty())
            .withMasterUrl(own.getMasterUrl())
            .withCaCertFile(own.getCaCertFile())
            .withCaCertData(own.getCaCertData())
            .withNoProxy(own.getNoProxy())
            .withOauthToken(token.getStatus().getToken())
            .build();
    try (KubernetesClient client = new KubernetesClientBuilder().withConfig(agents).build()) {
      body.accept(client);
    }
  }

  private static KubernetesClient admin() {
    return ClusterEnv.get().client();
  }
}
