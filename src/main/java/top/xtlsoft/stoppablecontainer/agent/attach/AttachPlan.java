package top.xtlsoft.stoppablecontainer.agent.attach;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.process.MountEntry;
import top.xtlsoft.stoppablecontainer.agent.process.MountInfo;
import top.xtlsoft.stoppablecontainer.api.AgentReason;
import top.xtlsoft.stoppablecontainer.api.ApiNames;

/**
 * Which mounts of a container are laid onto its new root.
 *
 * @param children mount points of them, in the order in which they are laid
 * @param unlocked those among them that become writable
 * @param volumes folders that the image calls VOLUME, which a container finds there even if its
 *     image lacks them
 * @param workingDirectory folder that the runtime made in the old root where the image lacks it
 * @param attributes {@code MOUNT_ATTR_} flags that the new root takes from the old one
 * @param shared whether mounts on the new root spread, as they do on the old one: runtimes make it
 *     so for a volume with {@code mountPropagation: Bidirectional}
 */
public record AttachPlan(
    List<String> children,
    Set<String> unlocked,
    List<String> volumes,
    Optional<String> workingDirectory,
    long attributes,
    boolean shared) {

  /**
   * Where runtimes keep what they mount over the folders that an image calls VOLUME. Those folders
   * are part of the persistent file system.
   */
  private static final Pattern IMAGE_VOLUME =
      Pattern.compile(
          "/io\\.containerd\\.grpc\\.v1\\.cri/containers/[0-9a-f]{64}/volumes/"
              + "|/overlay-containers/[0-9a-f]{64}/userdata/volumes/");

  /**
   * Where runtimes keep the files that they lay over {@code /etc/hostname} and the like. They lay
   * them read-only where the root is: containerMounts() of containerd's CRI plugin.
   */
  private static final Pattern RUNTIMES_FILE =
      Pattern.compile(
          "/io\\.containerd\\.grpc\\.v1\\.cri/sandboxes/[0-9a-f]{64}/[^/]+$"
              + "|/overlay-containers/[0-9a-f]{64}/userdata/[^/]+$");

  public AttachPlan {
    children = List.copyOf(children);
    unlocked = Set.copyOf(unlocked);
    volumes = List.copyOf(volumes);
  }

  /** A plan for a container without volumes of its image. */
  AttachPlan(List<String> children, long attributes) {
    this(children, Set.of(), List.of(), Optional.empty(), attributes, false);
  }

  /**
   * Decides from the mounts that the container sees.
   *
   * @param workingDirectory of its first process, as the kernel names it
   * @param writable whether the new root is writable although the first root is read-only, and so
   *     are the runtime's own files
   * @throws RefusedException MountPointConflict if a volume covers one of the project's folders
   */
  public static AttachPlan of(MountInfo mounts, String workingDirectory, boolean writable) {
    MountEntry root =
        mounts.root().orElseThrow(() -> new IllegalArgumentException("no mount at /"));
    List<Integer> passed = new ArrayList<>(List.of(root.id()));
    List<String> children = new ArrayList<>();
    Set<String> unlocked = new HashSet<>();
    List<String> volumes = new ArrayList<>();
    for (MountEntry mount : mounts.entries()) {
      if (mount.id() == root.id() || !passed.contains(mount.parent())) {
        continue;
      }
      if (IMAGE_VOLUME.matcher(mount.root() + "/").find()) {
        // What lies on it is laid onto the folder that it covered.
        passed.add(mount.id());
        volumes.add(mount.mountPoint());
      } else {
        children.add(mount.mountPoint());
        if (writable && RUNTIMES_FILE.matcher(mount.root()).find()) {
          unlocked.add(mount.mountPoint());
        }
      }
    }
    requireUncovered(mounts);
    return new AttachPlan(
        children,
        unlocked,
        volumes,
        Optional.of(workingDirectory)
            .filter(folder -> children.stream().noneMatch(child -> isAtOrBelow(folder, child))),
        writable ? attributes(root) & ~Linux.MOUNT_ATTR_RDONLY : attributes(root),
        root.shared());
  }

  /**
   * A link in the image may lead a volume there. The container would get its answer, and sc-exec
   * would not see it.
   */
  private static void requireUncovered(MountInfo mounts) {
    for (String ours : List.of(ApiNames.MOUNT_BIN, ApiNames.MOUNT_READY)) {
      if (mounts.entries().stream().filter(mount -> mount.mountPoint().equals(ours)).count() > 1) {
        throw new RefusedException(
            AgentReason.MOUNT_POINT_CONFLICT,
            "a link in the image leads a volume of the pod onto " + ours + ": mount it elsewhere");
      }
    }
  }

  /** Where something is laid onto the root, and the working directory. */
  Set<String> places() {
    return Stream.of(children, volumes, workingDirectory.stream().toList())
        .flatMap(List::stream)
        .collect(Collectors.toSet());
  }

  /** Whether the root is read-only, but for the folders that the image calls VOLUME. */
  boolean readOnly() {
    return (attributes & Linux.MOUNT_ATTR_RDONLY) != 0;
  }

  private static boolean isAtOrBelow(String path, String folder) {
    return path.equals(folder) || path.startsWith(folder + "/");
  }

  private static long attributes(MountEntry root) {
    long attributes = 0;
    for (String option : root.options()) {
      attributes |=
          switch (option) {
            case "ro" -> Linux.MOUNT_ATTR_RDONLY;
            case "nosuid" -> Linux.MOUNT_ATTR_NOSUID;
            case "nodev" -> Linux.MOUNT_ATTR_NODEV;
            case "noexec" -> Linux.MOUNT_ATTR_NOEXEC;
            default -> 0;
          };
    }
    return attributes;
  }
}
