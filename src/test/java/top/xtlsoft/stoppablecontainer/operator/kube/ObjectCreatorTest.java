package top.xtlsoft.stoppablecontainer.operator.kube;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.net.HttpURLConnection;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.operator.kube.ObjectCreator.Result;
import top.xtlsoft.stoppablecontainer.operator.model.ResourceMetadata;

/** What an API server answers that refuses. */
@EnableKubernetesMockClient
class ObjectCreatorTest {

  private static final String PODS = "/api/v1/namespaces/ns/pods";
  private static final String QUOTA = "pods \"box-provider\" is forbidden: exceeded quota: few";

  private final Pod owner = pod("owner", "uid-1").build();

  private KubernetesMockServer server;
  private KubernetesClient client;
  private ObjectCreator creator;

  @BeforeEach
  void make() {
    creator = new ObjectCreator(client, ConditionReason.POD_REFUSED);
  }

  private static PodBuilder pod(String name, String uid) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace("ns")
        .withName(name)
        .withUid(uid)
        .endMetadata();
  }

  private static Pod owned(Pod owner) {
    return pod("box-provider", "uid-2")
        .editMetadata()
        .withOwnerReferences(ResourceMetadata.controlledBy(owner))
        .endMetadata()
        .build();
  }

  private void refuses(int code, String message) {
    server
        .expect()
        .post()
        .withPath(PODS)
        .andReturn(code, new StatusBuilder().withCode(code).withMessage(message).build())
        .always();
  }

  private void has(Pod pod) {
    server
        .expect()
        .get()
        .withPath(PODS + "/box-provider")
        .andReturn(HttpURLConnection.HTTP_OK, pod)
        .always();
  }

  private Result<Pod> create() {
    return creator.create(pod("box-provider", null).build(), owner);
  }

  @Test
  void reportsTheReasonOfARefusal() {
    refuses(HttpURLConnection.HTTP_FORBIDDEN, QUOTA);
    Result.Absent<?> absent = assertInstanceOf(Result.Absent.class, create());
    assertEquals(ConditionReason.POD_REFUSED, absent.problem().reason());
    assertTrue(absent.problem().message().contains("Pod box-provider: " + QUOTA));
  }

  @Test
  void namesTheFieldOfARefusedObject() {
    refuses(HttpURLConnection.HTTP_FORBIDDEN, QUOTA);
    Result.Absent<?> consumer = assertInstanceOf(Result.Absent.class, create());
    assertTrue(consumer.problem().message().contains("Change the template"));
    Pod provider =
        pod("box-provider", null)
            .editMetadata()
            .addToLabels(ApiNames.LABEL_ROLE, ApiNames.ROLE_PROVIDER)
            .endMetadata()
            .build();
    Result.Absent<?> absent =
        assertInstanceOf(Result.Absent.class, creator.create(provider, owner));
    assertTrue(absent.problem().message().contains("Change spec.provider (metadata"));
  }

  @Test
  void findsItsOwnObjectBehindAFullQuota() {
    refuses(HttpURLConnection.HTTP_FORBIDDEN, QUOTA);
    has(owned(owner));
    Result.Present<?> present = assertInstanceOf(Result.Present.class, create());
    assertEquals("uid-2", ((Pod) present.object()).getMetadata().getUid());
    assertFalse(present.made());
  }

  @Test
  void acceptsNoObjectOfAnotherOwner() {
    refuses(HttpURLConnection.HTTP_FORBIDDEN, QUOTA);
    has(owned(pod("owner", "uid-of-another").build()));
    assertInstanceOf(Result.Absent.class, create());
  }

  @Test
  void reportsNothingInANamespaceThatEnds() {
    refuses(HttpURLConnection.HTTP_FORBIDDEN, "namespace ns: because it is being terminated");
    assertThrows(KubernetesClientException.class, this::create);
  }
}
