package top.xtlsoft.stoppablecontainer.agent.request;

import io.fabric8.kubernetes.api.model.Pod;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.agent.RequestType;
import top.xtlsoft.stoppablecontainer.agent.process.Requester;

/**
 * A request that a live process of a pod holds open. Closing it lets go of the process.
 *
 * @param pod the pod, as the API has it
 * @param type what it asks for
 * @param id which request file it is, as ready.json names it
 * @param requester the process
 * @param port to which a connection came, as the pod says; null for all but a wake
 * @param again whether a connection asks that had an address already, as the pod says
 */
public record PodRequest(
    Pod pod,
    RequestType type,
    String id,
    Requester requester,
    @Nullable Integer port,
    boolean again)
    implements AutoCloseable {

  /** A request for the file system. */
  public PodRequest(Pod pod, RequestType type, String id, Requester requester) {
    this(pod, type, id, requester, null, false);
  }

  /** {@code namespace/name} of the pod. */
  public String podKey() {
    return pod.getMetadata().getNamespace() + "/" + pod.getMetadata().getName();
  }

  /** UID of the pod. */
  public String podUid() {
    return pod.getMetadata().getUid();
  }

  /** For choices in routes. */
  public boolean isMount() {
    return type == RequestType.MOUNT;
  }

  /** For choices in routes. */
  public boolean isWake() {
    return type == RequestType.WAKE;
  }

  @Override
  public void close() {
    requester.close();
  }

  @Override
  public String toString() {
    return "%s of process %d of pod %s".formatted(type, requester.pid(), podKey());
  }
}
