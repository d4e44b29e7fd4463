package top.xtlsoft.stoppablecontainer.agent.request;

import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.PlainFile;
import top.xtlsoft.stoppablecontainer.agent.watch.InboxScheduler;
import top.xtlsoft.stoppablecontainer.camel.LogKeys;

/**
 * The agent's own folder, with copies of what pods ask. A pod's folder is hostile: the agent looks
 * there at one name, lists nothing, follows nothing and waits for nothing. What a route reads lies
 * here, where the agent alone writes.
 *
 * <p>One thread does all of it; the inbox route must not delete a copy that is being replaced.
 */
final class RequestInbox {

  private static final Logger LOG = LoggerFactory.getLogger(RequestInbox.class);

  private final LinuxSyscalls linux;
  private final PodFolders folders;
  private final Path inbox;
  private final InboxScheduler route;

  RequestInbox(LinuxSyscalls linux, PodFolders folders, Path inbox, InboxScheduler route) {
    this.linux = linux;
    this.folders = folders;
    this.inbox = inbox;
    this.route = route;
  }

  /** Copies the request that lies in the pod's folder, if there is one, and has the copy read. */
  void take(Pod pod) {
    String key = pod.getMetadata().getNamespace() + "/" + pod.getMetadata().getName();
    try (LogKeys.Scope _ = LogKeys.of(key)) {
      Optional<Path> copy = folders.openRequest(pod).flatMap(folder -> copy(pod, folder));
      if (copy.isPresent()) {
        route.poll();
      }
    }
  }

  private Optional<Path> copy(Pod pod, Fd folder) {
    try (folder) {
      return PlainFile.open(linux, folder, RequestOpener.FILE, RequestOpener.MOST_BYTES)
          .map(file -> copyOf(pod, file));
    } catch (PlainFile.NotPlainException e) {
      LOG.warn("Malformed request ignored: error={}", e.getMessage());
      return Optional.empty();
    }
  }

  private Path copyOf(Pod pod, Fd file) {
    try (file) {
      String request = RequestOpener.id(linux.stat(file));
      String uid = pod.getMetadata().getUid();
      // The route takes no file whose name begins with a dot.
      Path draft = inbox.resolve("." + uid);
      Files.write(draft, linux.read(file, RequestOpener.MOST_BYTES));
      return Files.move(
          draft, inbox.resolve(TakenRequests.nameOf(uid, request)), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException("can't write to the inbox " + inbox, e);
    }
  }
}
