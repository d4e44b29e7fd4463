package top.xtlsoft.stoppablecontainer.agent.process;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which pod and container a /proc/PID/cgroup names, as kubelet's two cgroup drivers write it.
 *
 * <p>Kubelet and the runtime make the upper components of a path. A container that may write to
 * cgroups makes others below its own, with any name, so the first component that names a pod
 * decides, and the one behind it names the container. All hierarchies (cgroup v1) must agree. In a
 * cgroup namespace of its own the agent sees paths that begin with {@code /..}.
 */
public final class PodCgroup {

  /**
   * cgroupfs: {@code podUID}, systemd: {@code kubepods-besteffort-podUID.slice}, with {@code _} for
   * {@code -}; a runtime with the other driver than kubelet: {@code
   * podUID.slice:cri-containerd:ID}.
   */
  private static final Pattern POD =
      Pattern.compile("(?:[a-z]+-)*pod([0-9A-Za-z][0-9A-Za-z_-]*)(?:\\.slice)?(?::([^/]*))?");

  /** {@code ID}, {@code cri-containerd-ID.scope}, {@code cri-containerd:ID}. */
  private static final Pattern CONTAINER =
      Pattern.compile("(?:[a-z-]+[:-])?([0-9a-f]{64})(?:\\.scope)?");

  private static final String POD_WORD = "pod";
  private static final int FIELDS = 3;

  private final Set<String> pods = new HashSet<>();
  private final Set<String> containers = new HashSet<>();

  private PodCgroup() {}

  /** Reads the text of a /proc/PID/cgroup. */
  public static PodCgroup parse(String cgroupFile) {
    PodCgroup cgroup = new PodCgroup();
    // That of most processes of a node names none.
    if (cgroupFile.contains(POD_WORD)) {
      // The dozen hierarchies of cgroup v1 mostly have one and the same path.
      Set<String> paths = new HashSet<>();
      // A name may hold anything but a slash and a newline.
      for (String line : cgroupFile.split("\n")) {
        String[] fields = line.split(":", FIELDS);
        if (fields.length == FIELDS && paths.add(fields[FIELDS - 1])) {
          cgroup.add(fields[FIELDS - 1].split("/"));
        }
      }
    }
    return cgroup;
  }

  private void add(String[] components) {
    for (int i = 0; i < components.length; i++) {
      Matcher pod = POD.matcher(components[i]);
      if (pod.matches()) {
        pods.add(canonical(pod.group(1)));
        String inside = pod.group(2);
        if (inside == null && i + 1 < components.length) {
          inside = components[i + 1];
        }
        Matcher container = CONTAINER.matcher(inside == null ? "" : inside);
        containers.add(container.matches() ? container.group(1) : "");
        return;
      }
    }
  }

  /** Whether it is a cgroup of a pod, whichever. */
  public boolean isOfAnyPod() {
    return !pods.isEmpty();
  }

  /**
   * Whether it is a cgroup of that pod and of no other.
   *
   * @param uid as the API has it
   */
  public boolean isOf(String uid) {
    return pods.equals(Set.of(canonical(uid)));
  }

  /** Whether it is the cgroup of that container of that pod, or lies below it. */
  boolean isOf(String uid, String containerId) {
    return isOf(uid) && containerId().filter(containerId::equals).isPresent();
  }

  /** The runtime's id of the container, which its cgroup is called after. */
  public Optional<String> containerId() {
    return containers.size() == 1
        ? containers.stream().filter(id -> !id.isEmpty()).findFirst()
        : Optional.empty();
  }

  private static String canonical(String uid) {
    return uid.replace('_', '-');
  }
}
