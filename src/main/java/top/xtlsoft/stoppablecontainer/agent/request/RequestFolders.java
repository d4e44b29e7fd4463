package top.xtlsoft.stoppablecontainer.agent.request;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.CamelContext;
import org.apache.camel.Header;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentPods;
import top.xtlsoft.stoppablecontainer.camel.ScHeaders;

/** Keeps one route for each pod's request folder, as long as the pod may ask for something. */
public final class RequestFolders {

  private static final Logger LOG = LoggerFactory.getLogger(RequestFolders.class);
  private static final String TEMPLATE = "agent-request-folder";

  /** Pattern of the ids of the folders' routes, of which there is one for each pod. */
  public static final String ROUTES = TEMPLATE + "-*";

  private final CamelContext camel;
  private final AgentPods pods;
  private final PodFolders folders;
  private final Map<String, String> uids = new ConcurrentHashMap<>();

  public RequestFolders(CamelContext camel, AgentPods pods, PodFolders folders) {
    this.camel = camel;
    this.pods = pods;
    this.folders = folders;
  }

  /** Done when the pod's folder is listened to, or not any more. */
  public void follow(@Header(ScHeaders.KEY) String key) throws Exception {
    Optional<Pod> pod = pods.find(key).filter(RequestFolders::mayAsk);
    Optional<String> uid = pod.map(p -> p.getMetadata().getUid());
    Optional<String> followed = Optional.ofNullable(uids.get(key));
    if (uid.equals(followed)) {
      return;
    }
    if (followed.isPresent()) {
      camel.getRouteController().stopRoute(routeId(followed.get()));
      camel.removeRoute(routeId(followed.get()));
      uids.remove(key);
      LOG.debug("Stopped to listen to the pod's requests");
    }
    if (pod.isPresent()) {
      camel.addRouteFromTemplate(
          routeId(uid.get()),
          TEMPLATE,
          Map.of("folder", folders.requestFolder(pod.get()).toString(), "podKey", key));
      uids.put(key, uid.get());
      LOG.debug("Listening to the pod's requests");
    }
  }

  private static String routeId(String uid) {
    return TEMPLATE + "-" + uid;
  }

  private static boolean mayAsk(Pod pod) {
    String phase = pod.getStatus() == null ? "" : String.valueOf(pod.getStatus().getPhase());
    return !phase.equals("Succeeded") && !phase.equals("Failed");
  }
}
