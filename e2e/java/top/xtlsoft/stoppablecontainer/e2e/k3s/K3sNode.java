package top.xtlsoft.stoppablecontainer.e2e.k3s;

import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Mount;
import com.github.dockerjava.api.model.MountType;
import java.util.ArrayList;
import java.util.List;

/**
 * What a container must be to serve as a node, beyond what testcontainers makes of it: privileged,
 * with the machine's cgroups, and {@code /run} in memory.
 */
final class K3sNode {

  /** Which K3s. Kubernetes 1.32 is the oldest that the admission policies work with. */
  static final String IMAGE = "rancher/k3s:v1.34.1-k3s1";

  /** K3s has a containerd of its own, with its socket where no other is. */
  static final String RUNTIME_ENDPOINT = "unix:///run/k3s/containerd/containerd.sock";

  /**
   * Folders that must lie on the machine's own file system: an upper layer can't lie on Docker's
   * overlay, neither a StoppableContainer's nor containerd's. K3s' image says so of the last two.
   */
  static final List<String> VOLUMES =
      List.of("/var/lib/stoppablecontainer", "/var/lib/kubelet", "/var/lib/rancher/k3s");

  /**
   * Docker makes a container's mounts private, and Kubernetes wants the node's shared: the agent
   * sees by propagation what kubelet mounts after it has started.
   */
  static final List<String> ENTRYPOINT =
      List.of("/bin/sh", "-c", "mount --make-rshared / && exec /bin/k3s \"$@\"", "k3s");

  private final String name;

  /**
   * @param id of the checkout that the cluster belongs to; may be empty
   */
  K3sNode(String id) {
    this.name = id.isEmpty() ? "stoppablecontainer-k3s" : "stoppablecontainer-k3s-" + id;
  }

  /** Name of the container, by which later calls find it. */
  String name() {
    return name;
  }

  /** For testcontainers, which calls it before it asks Docker for the container. */
  void configure(CreateContainerCmd command) {
    command.withName(name).withEntrypoint(ENTRYPOINT);
    configure(command.getHostConfig());
  }

  static void configure(HostConfig host) {
    List<Mount> mounts = new ArrayList<>(host.getMounts() == null ? List.of() : host.getMounts());
    VOLUMES.forEach(
        folder -> mounts.add(new Mount().withType(MountType.VOLUME).withTarget(folder)));
    host.withMounts(mounts);
  }

  /** Imports an archive that lies in the container into its containerd, for Kubernetes to use. */
  static String[] importCommand(String archive) {
    return new String[] {"ctr", "--namespace", "k8s.io", "images", "import", archive};
  }
}
