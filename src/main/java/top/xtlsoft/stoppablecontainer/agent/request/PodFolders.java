package top.xtlsoft.stoppablecontainer.agent.request;

import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_DIRECTORY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_PATH;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_STRICT;

import io.fabric8.kubernetes.api.model.Pod;
import java.nio.file.Path;
import java.util.Optional;
import jnr.constants.platform.Errno;
import top.xtlsoft.stoppablecontainer.agent.AgentSettings;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.api.ApiNames;

/** The two folders of a pod, as kubelet keeps them on the node. */
public final class PodFolders {

  private final LinuxSyscalls linux;
  private final String kubeletRoot;

  public PodFolders(LinuxSyscalls linux, AgentSettings settings) {
    this.linux = linux;
    this.kubeletRoot = settings.kubeletRoot();
  }

  /** The folder in which the pod's requests appear. */
  public Path requestFolder(Pod pod) {
    return Path.of(kubeletRoot, volume(pod, ApiNames.VOLUME_REQUEST));
  }

  /** Opens the folder that the pod writes requests to, if it is there yet. */
  public Optional<Fd> openRequest(Pod pod) {
    return open(volume(pod, ApiNames.VOLUME_REQUEST));
  }

  /** Opens the folder that the pod reads answers from, if it is there yet. */
  Optional<Fd> openReady(Pod pod) {
    return open(volume(pod, ApiNames.VOLUME_READY));
  }

  private Optional<Fd> open(String path) {
    try (Fd root = linux.openat(Fd.CWD, kubeletRoot, O_PATH | O_DIRECTORY, 0)) {
      return Optional.of(linux.openat2(root, path, O_PATH | O_DIRECTORY, 0, RESOLVE_STRICT));
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static String volume(Pod pod, String name) {
    String uid = pod.getMetadata().getUid();
    if (!uid.matches("[0-9A-Za-z-]+")) {
      throw new IllegalArgumentException("not a UID: " + uid);
    }
    return "pods/" + uid + "/volumes/kubernetes.io~empty-dir/" + name;
  }
}
