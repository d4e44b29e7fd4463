package top.xtlsoft.stoppablecontainer.agent.attach;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.process.MountEntry;
import top.xtlsoft.stoppablecontainer.agent.process.MountInfo;

/**
 * Which mounts of a container are laid onto its new root.
 *
 * @param children mount points of them, in the order in which they are laid
 * @param volumes folders that the image calls VOLUME, which a container finds there even if its
 *     image lacks them
 * @param workingDirectory folder that the runtime made in the old root where the image lacks it
 * @param attributes {@code MOUNT_ATTR_} flags that the new root takes from the old one
 */
public record AttachPlan(
    List<String> children,
    List<String> volumes,
    Optional<String> workingDirectory,
    long attributes) {

  /**
   * Where runtimes keep what they mount over the folders that an image calls VOLUME. Those folders
   * are part of the persistent file system.
   */
  private static final Pattern IMAGE_VOLUME =
      Pattern.compile(
          "/io\\.containerd\\.grpc\\.v1\\.cri/containers/[0-9a-f]{64}/volumes/"
              + "|/overlay-containers/[0-9a-f]{64}/userdata/volumes/");

  public AttachPlan {
    children = List.copyOf(children);
    volumes = List.copyOf(volumes);
  }

  /** A plan for a container without volumes of its image. */
  AttachPlan(List<String> children, long attributes) {
    this(children, List.of(), Optional.empty(), attributes);
  }

  /**
   * Decides from the mounts that the container sees.
   *
   * @param workingDirectory of its first process, as the kernel names it
   */
  public static AttachPlan of(MountInfo mounts, String workingDirectory) {
    MountEntry root =
        mounts.root().orElseThrow(() -> new IllegalArgumentException("no mount at /"));
    List<Integer> passed = new ArrayList<>(List.of(root.id()));
    List<String> children = new ArrayList<>();
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
      }
    }
    return new AttachPlan(
        children,
        volumes,
        Optional.of(workingDirectory)
            .filter(folder -> children.stream().noneMatch(child -> isAtOrBelow(folder, child))),
        attributes(root));
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
