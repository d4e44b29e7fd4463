package top.xtlsoft.stoppablecontainer.agent.request;

import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_NOCTTY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_NONBLOCK;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_PATH;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_RDONLY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_NO_XDEV;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_STRICT;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.Optional;
import java.util.OptionalInt;
import jnr.constants.platform.Errno;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RequestType;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentPods;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.FileStatus;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.agent.process.Requester;

/**
 * Finds out who asks for what. The request folder belongs to whoever runs in the pod: nothing in it
 * is followed, waited for or believed. Which pod asks is known by the folder, which process by the
 * lock that it holds on the file and its cgroup, which instance, later, by the API.
 */
public final class RequestOpener {

  private static final Logger LOG = LoggerFactory.getLogger(RequestOpener.class);
  private static final String FILE = "request.json";
  private static final int MOST_BYTES = 4096;
  private static final long RESOLVE = RESOLVE_STRICT | RESOLVE_NO_XDEV;

  private final LinuxSyscalls linux;
  private final AgentPods pods;
  private final PodFolders folders;
  private final RequestRate rate;

  public RequestOpener(LinuxSyscalls linux, AgentPods pods, PodFolders folders, RequestRate rate) {
    this.linux = linux;
    this.pods = pods;
    this.folders = folders;
    this.rate = rate;
  }

  /**
   * The request that a process of the pod holds open now. The caller closes it.
   *
   * @param key {@code namespace/name} of the pod
   * @return empty when there is none: no pod, no file, or nobody waits for an answer
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
        LOG.debug("Nobody waits for an answer to the request");
        return Optional.empty();
      }
      if (!rate.allows(pod.getMetadata().getUid())) {
        throw NotYetException.untilRetry("the pod asks too often");
      }
      Optional<Requester> held = Requester.hold(linux, holder.getAsInt());
      if (held.isEmpty()) {
        LOG.debug("Who asked has ended");
        return Optional.empty();
      }
      return whatIsAsked(pod, fd, holder, held.get())
          .map(type -> new PodRequest(pod, type, id(status), held.get()));
    }
  }

  /** What a requester that is held now asks for; it is let go when that is nothing. */
  private Optional<RequestType> whatIsAsked(
      Pod pod, Fd file, OptionalInt holder, Requester requester) {
    Optional<RequestType> type = Optional.empty();
    try {
      // Held now; that it still has the lock shows that it is the one that had it before.
      if (!linux.lockHolder(file).equals(holder)) {
        LOG.debug("Who asked has let go of the request");
        return type;
      }
      if (!requester.belongsTo(pod.getMetadata().getUid())) {
        LOG.warn("Process {} holds a request of a pod that it is not of", requester.pid());
        return type;
      }
      type = RequestParser.parse(linux.read(file, MOST_BYTES));
      if (type.isEmpty()) {
        LOG.warn("Ignored a request that is not one");
      }
      return type;
    } finally {
      if (type.isEmpty()) {
        requester.close();
      }
    }
  }

  /** Which request file it is, so that an answer can't be taken for that of another. */
  static String id(FileStatus status) {
    return status.ino() + "." + status.mtimeSeconds() + "." + status.mtimeNanos();
  }

  /** Id of the request that lies in the folder, whoever wrote it. */
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
    // A look before it is opened: opening a device or a FIFO can have an effect of its own.
    try (Fd look = linux.openat2(dir, FILE, O_PATH, 0, RESOLVE)) {
      FileStatus status = linux.stat(look);
      if (!status.isRegularFile() || status.sizeBytes() > MOST_BYTES) {
        LOG.warn("Ignored a request that is no small regular file");
        return Optional.empty();
      }
      // By the descriptor, not by the name: the pod may have put something else there by now.
      return Optional.of(linux.reopen(look, O_RDONLY | O_NONBLOCK | O_NOCTTY));
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT)) {
        return Optional.empty();
      }
      if (e.is(Errno.ELOOP, Errno.EXDEV, Errno.EAGAIN)) {
        LOG.warn("Ignored a request that is no plain file: {}", e.errno().name());
        return Optional.empty();
      }
      throw e;
    }
  }
}
