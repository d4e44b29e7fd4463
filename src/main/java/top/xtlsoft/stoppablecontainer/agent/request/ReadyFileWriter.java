package top.xtlsoft.stoppablecontainer.agent.request;

import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_CREAT;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_EXCL;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_NOFOLLOW;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_WRONLY;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.util.Optional;
import jnr.constants.platform.Errno;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.PlainFile;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;

/** Writes ready.json into the folder of a pod's that only the agent writes to. */
public final class ReadyFileWriter {

  private static final Logger LOG = LoggerFactory.getLogger(ReadyFileWriter.class);
  private static final String FILE = "ready.json";
  private static final String TEMPORARY = ".ready.json.new";
  private static final int MOST_BYTES = 64 << 10;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final LinuxSyscalls linux;
  private final PodFolders folders;

  public ReadyFileWriter(LinuxSyscalls linux, PodFolders folders) {
    this.linux = linux;
    this.folders = folders;
  }

  /** Puts the answer in its place in one step; done when the pod can read it. */
  public void write(Pod pod, ReadyFile answer) {
    Optional<Fd> folder = folders.openReady(pod);
    if (folder.isEmpty()) {
      throw NotYetException.untilRetry("the pod's folder for answers is not there");
    }
    try (Fd dir = folder.get()) {
      try (Fd fd = create(dir)) {
        linux.write(fd, JSON.writeValueAsBytes(answer));
        // Any user that the container runs as can read it, whatever the agent's umask is.
        linux.fchmod(fd, 0644);
      }
      linux.renameat(dir, TEMPORARY, dir, FILE);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a record of strings is always JSON", e);
    }
  }

  /** The answer that lies there, if there is one. */
  public Optional<ReadyFile> read(Pod pod) {
    return folders
        .openReady(pod)
        .flatMap(
            dir -> {
              try (dir) {
                return read(dir);
              }
            });
  }

  private Optional<ReadyFile> read(Fd dir) {
    // A container that may mount can write to this folder, so it is looked at like one of the
    // pod's.
    Optional<Fd> file;
    try {
      file = PlainFile.open(linux, dir, FILE, MOST_BYTES);
    } catch (PlainFile.NotPlainException e) {
      LOG.warn("Answer of another writer ignored: error={}", e.getMessage());
      return Optional.empty();
    }
    if (file.isEmpty()) {
      return Optional.empty();
    }
    try (Fd fd = file.get()) {
      return Optional.ofNullable(JSON.readValue(linux.read(fd, MOST_BYTES), ReadyFile.class));
    } catch (IOException e) {
      LOG.warn("Answer of another writer ignored: error=no JSON of an answer");
      return Optional.empty();
    }
  }

  private Fd create(Fd dir) {
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
    try {
      return linux.openat(dir, TEMPORARY, flags, 0644);
    } catch (SyscallException e) {
      if (!e.is(Errno.EEXIST)) {
        throw e;
      }
      // Left by an agent that was stopped halfway.
      linux.unlinkat(dir, TEMPORARY, false);
      return linux.openat(dir, TEMPORARY, flags, 0644);
    }
  }
}
