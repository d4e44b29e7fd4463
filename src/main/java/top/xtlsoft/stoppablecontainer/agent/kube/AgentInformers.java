package top.xtlsoft.stoppablecontainer.agent.kube;

import io.fabric8.kubernetes.client.KubernetesClient;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.camel.informer.InformerGroup;
import top.xtlsoft.stoppablecontainer.runtime.trace.TracedItemStore;
import top.xtlsoft.stoppablecontainer.runtime.trace.TracedKeys;

/** Names of the agent's informers, and what each of them watches. */
public final class AgentInformers {

  /** Pods of this node with our label. */
  public static final String PODS = "agent-pods";

  /** Instances of this node. */
  public static final String INSTANCES = "agent-instances";

  private static final long NO_RESYNC = 0;

  private AgentInformers() {}

  /**
   * The informers of a node's agent, not started.
   *
   * @param traced is told which instances are to be traced
   */
  public static InformerGroup create(KubernetesClient client, String nodeName, TracedKeys traced) {
    InformerGroup informers = new InformerGroup();
    informers.register(
        PODS,
        client
            .pods()
            .inAnyNamespace()
            .withLabel(ApiNames.LABEL_MANAGED_BY, ApiNames.MANAGED_BY_VALUE)
            .withField("spec.nodeName", nodeName)
            .runnableInformer(NO_RESYNC));
    informers.register(
        INSTANCES,
        client
            .resources(StoppableContainerInstance.class)
            .inAnyNamespace()
            .withField("spec.nodeName", nodeName)
            .runnableInformer(NO_RESYNC)
            .itemStore(new TracedItemStore<>(traced)));
    return informers;
  }
}
