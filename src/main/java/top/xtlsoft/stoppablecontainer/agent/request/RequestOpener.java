package top.xtlsoft.stoppablecontainer.agent.request;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.Optional;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.Rate;
import top.xtlsoft.stoppablecontainer.agent.RequestType;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentPods;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.FileStatus;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.PlainFile;
import top.xtlsoft.stoppablecontainer.agent.process.Requester;

/**
 * Finds the process that asks, and what it asks for. Any process of the pod can write to the
 * request folder, so the agent follows nothing in it, waits for nothing and believes nothing. The
 * folder identifies the pod; the agent's copy of that very file says what is asked; the lock on the
 * file and the cgroup identify the process; the API names the instance later.
 */
public final class RequestOpener {

  private static final Logger LOG = LoggerFactory.getLogger(RequestOpener.class);

  /** Name of the file that a pod asks by. */
  static final String FILE = "request.json";

  /** A file that is larger is no request. */
  static final int MOST_BYTES = 4096;

  private final LinuxSyscalls linux;
  private final AgentPods pods;
  private final PodFolders folders;
  private final Rate rate;
  private final TakenRequests taken;

  public RequestOpener(
      LinuxSyscalls linux, AgentPods pods, PodFolders folders, Rate rate, TakenRequests taken) {
    this.linux = linux;
    this.pods = pods;
    this.folders = folders;
    this.rate = rate;
    this.taken = taken;
  }

  /**
   * The request that a process of the pod holds open now. The caller closes it.
   *
   * @param key {@code namespace/name} of the pod
   * @return empty when there is none: no pod, no file, or no process that waits for an answer
   * @throws NotYetException when the pod asks too often, or who asks ends meanwhile
   */
  public Optional<PodRequest> open(String key) {
    Optional<Pod> pod = pods.find(key);
    if (pod.isEmpty()) {
      LOG.debug("Pod is gone");
      return Optional.empty();
    }
    Optional<Fd> folder = folders.openRequest(pod.get());
    if (folder.isEmpty()) {
      LOG.debug("Request folder is not there");
      return Optional.empty();
    }
    try (Fd dir = folder.get()) {
      return open(pod.get(), dir);
    }
  }

  private Optional<PodRequest> open(Pod pod, Fd dir) {
    Optional<Fd> file = openFile(dir);
    if (file.isEmpty()) {
      return Optional.empty();
    }
    try (Fd fd = file.get()) {
      FileStatus status = linux.stat(fd);
      OptionalInt holder = linux.lockHolder(fd);
      if (holder.isEmpty()) {
        LOG.debug("No process waits for an answer to the request");
        return Optional.empty();
      }
      if (!rate.allows(pod.getMetadata().getUid())) {
        throw NotYetException.untilRetry("the pod asks too often");
      }
      Optional<Requester> held = Requester.hold(linux, holder.getAsInt());
      if (held.isEmpty()) {
        LOG.debug("The requester has ended");
        return Optional.empty();
      }
      String id = id(status);
      return whatIsAsked(pod, fd, id, holder, held.get())
          .map(
              asked ->
                  new PodRequest(
                      pod,
                      asked.type(),
                      id,
                      held.get(),
                      asked.port(),
                      Boolean.TRUE.equals(asked.again())));
    }
  }

  /** What a requester that is held now asks for; it is let go when that is nothing. */
  private Optional<RequestFile> whatIsAsked(
      Pod pod, Fd file, String id, OptionalInt holder, Requester requester) {
    Optional<RequestFile> asked = Optional.empty();
    try {
      // Held now; that it still has the lock shows that it is the one that had it before.
      if (!linux.lockHolder(file).equals(holder)) {
        LOG.debug("The requester has released the lock");
        return asked;
      }
      if (!requester.belongsTo(pod.getMetadata().getUid())) {
        LOG.warn("Process holds the lock of another pod's request: pid={}", requester.pid());
        return asked;
      }
      asked = taken.content(pod.getMetadata().getUid(), id);
      if (asked.isEmpty()) {
        LOG.debug("The agent has no copy of that request; when it has one, the pod is queued");
      }
      return asked;
    } finally {
      if (asked.isEmpty()) {
        requester.close();
      }
    }
  }

  /** Which request file it is, so that an answer can't be taken for that of another. */
  static String id(FileStatus status) {
    return status.ino() + "." + status.mtimeSeconds() + "." + status.mtimeNanos();
  }

  /** Whether that request of the pod asks for its container, and not for a file system. */
  boolean isWake(Pod pod, String id) {
    return taken
        .content(pod.getMetadata().getUid(), id)
        .filter(asked -> asked.type() == RequestType.WAKE)
        .isPresent();
  }

  /** Id of the request that lies in the folder; any process of the pod may have written it. */
  Optional<String> currentId(Pod pod) {
    return folders
        .openRequest(pod)
        .flatMap(
            dir -> {
              try (dir) {
                return openFile(dir).map(this::idOf);
              }
            });
  }

  private String idOf(Fd fd) {
    try (fd) {
      return id(linux.stat(fd));
    }
  }

  private Optional<Fd> openFile(Fd dir) {
    try {
      return PlainFile.open(linux, dir, FILE, MOST_BYTES);
    } catch (PlainFile.NotPlainException e) {
      // The inbox has warned of it.
      LOG.debug("Malformed request ignored: error={}", e.getMessage());
      return Optional.empty();
    }
  }
}
