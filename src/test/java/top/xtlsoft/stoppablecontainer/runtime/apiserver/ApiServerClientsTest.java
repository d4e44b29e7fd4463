package top.xtlsoft.stoppablecontainer.runtime.apiserver;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;

class ApiServerClientsTest {

  /** One object that can't be read would keep the informer from listing any. */
  @Test
  void readsObjectsOfNewerKinds() {
    try (KubernetesClient client =
        ApiServerClients.guarded(Config.empty(), request -> Optional.empty()).build()) {
      StoppableContainerInstance read =
          client
              .getKubernetesSerialization()
              .unmarshal(
                  """
                  apiVersion: stoppablecontainer.xtlsoft.top/v1alpha1
                  kind: StoppableContainerInstance
                  metadata: {name: box, namespace: ns}
                  spec: {hostPathPrefix: /x, image: i, running: true, replicas: 1, newer: {a: b}}
                  status: {agent: {newer: 1}}
                  """,
                  StoppableContainerInstance.class);
      assertEquals("i", read.getSpec().image());
    }
  }
}
