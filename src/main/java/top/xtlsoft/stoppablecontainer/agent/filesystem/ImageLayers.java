package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.process.MountEntry;
import top.xtlsoft.stoppablecontainer.api.AgentReason;
import top.xtlsoft.stoppablecontainer.api.Sha256;

/**
 * Folders with the layers of an image, as the runtime mounted them for a container.
 *
 * @param folders absolute paths on the node, topmost layer first
 */
public record ImageLayers(List<String> folders) {

  /**
   * Folders of containerd's snapshotters below its root folder, as in
   * .../io.containerd.snapshotter.v1.native/snapshots/3.
   */
  private static final Pattern CONTAINERD =
      Pattern.compile("/io\\.containerd\\.snapshotter\\.v1\\.([a-z0-9_-]{1,40})/");

  /** Those of the storage drivers of CRI-O, as in .../containers/storage/vfs/dir/ID. */
  private static final Pattern CRI_O = Pattern.compile("/storage/([a-z0-9_-]{1,40})/");

  public ImageLayers {
    folders = List.copyOf(folders);
    if (folders.isEmpty()) {
      throw new IllegalArgumentException("an image has at least one layer");
    }
  }

  /**
   * The layers below a container's root.
   *
   * @throws RefusedException UnsupportedSnapshotter if the root is no overlay
   */
  public static ImageLayers of(MountEntry root) {
    if (!root.type().equals("overlay")) {
      throw new RefusedException(
          AgentReason.UNSUPPORTED_SNAPSHOTTER,
          "the container runtime keeps this image with "
              + snapshotter(root)
              + ", which gives no folders of layers: use its snapshotter (or storage driver) overlayfs");
    }
    List<String> folders = new ArrayList<>();
    for (String option : root.superOptions()) {
      if (option.startsWith("lowerdir=")) {
        folders.addAll(split(option.substring("lowerdir=".length())));
      } else if (option.startsWith("lowerdir+=")) {
        // Kernels since 6.8 print layers that were added one by one so, without escapes.
        folders.add(option.substring("lowerdir+=".length()));
      }
    }
    if (folders.isEmpty()) {
      throw new RefusedException(
          AgentReason.UNSUPPORTED_SNAPSHOTTER, "the container's overlay shows no layers");
    }
    String snapshots = parent(parent(root.superOption("upperdir").orElse("")));
    return new ImageLayers(
        folders.stream()
            .map(folder -> folder.startsWith("/") ? folder : snapshots + "/" + folder)
            .toList());
  }

  /** The snapshotter by its name, if the path of the root has it; its type of file system else. */
  private static String snapshotter(MountEntry root) {
    return Stream.of(CONTAINERD, CRI_O)
        .map(pattern -> pattern.matcher(root.root()))
        .filter(Matcher::find)
        .map(path -> "the snapshotter " + path.group(1) + " on " + root.type())
        .findFirst()
        .orElse("a snapshotter on " + root.type());
  }

  /** Hash over the ordered list, to see whether it is still the same. */
  public String hash() {
    return Sha256.hex(String.join("\n", folders).getBytes(ISO_8859_1));
  }

  /** Runtimes that shorten the list do it relative to the folder that holds all snapshots. */
  private static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash < 0 ? "" : path.substring(0, slash);
  }

  /** Splits at colons; a backslash takes the next character as it is. */
  public static List<String> split(String lowerdir) {
    List<String> folders = new ArrayList<>();
    StringBuilder folder = new StringBuilder();
    for (int i = 0; i < lowerdir.length(); i++) {
      char c = lowerdir.charAt(i);
      if (c == '\\' && i + 1 < lowerdir.length()) {
        folder.append(lowerdir.charAt(++i));
      } else if (c == ':') {
        folders.add(folder.toString());
        folder.setLength(0);
      } else {
        folder.append(c);
      }
    }
    folders.add(folder.toString());
    return folders.stream().filter(f -> !f.isEmpty()).toList();
  }
}
