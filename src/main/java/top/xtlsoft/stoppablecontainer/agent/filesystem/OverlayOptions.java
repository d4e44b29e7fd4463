package top.xtlsoft.stoppablecontainer.agent.filesystem;

import java.util.stream.Collectors;

/** Options of the overlay that is an instance's file system. */
public final class OverlayOptions {

  /** The kernel copies one page of options, its last byte being the end of the string. */
  static final int MOST_BYTES = 4095;

  private OverlayOptions() {}

  /**
   * All options as mount(2) takes them.
   *
   * <p>{@code index=off} as containerd has it: an index binds upper to the very file handles of the
   * layers, and a file system that was restored or moved would not mount any more. What else there
   * is (redirect_dir, metacopy, xino) stays the kernel's default, as for a plain container, so that
   * programs meet what they are used to (renaming a folder of the image is EXDEV, and mv copies).
   * Never {@code volatile}: it forgets what it should keep.
   */
  public static String forMount(ImageLayers layers, String upper, String work) {
    String lower =
        layers.folders().stream()
            .map(folder -> escape(folder).replace(":", "\\:"))
            .collect(Collectors.joining(":"));
    return "index=off,lowerdir=" + lower + ",upperdir=" + upper + ",workdir=" + work;
  }

  /** A comma would end the option. */
  private static String escape(String folder) {
    return folder.replace("\\", "\\\\").replace(",", "\\,");
  }
}
