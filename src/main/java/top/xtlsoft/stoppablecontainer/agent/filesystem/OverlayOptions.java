package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_RDONLY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_IN_ROOT;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import jnr.constants.platform.Errno;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;

/**
 * Options of the overlay that is an instance's file system.
 *
 * <p>They are recorded when a file system is made, because the kernel's defaults differ from node
 * to node, and an upper folder that was written with a redirect or with metacopy can't be read
 * without its lower layers. {@code index=off} as containerd has it: an index binds upper to the
 * very file handles of the layers, and a file system that was restored or moved would not mount any
 * more. Programs meet what they are used to: renaming a folder of the image is EXDEV, and mv
 * copies. Never {@code volatile}: it forgets what it should keep.
 */
public final class OverlayOptions {

  /** The kernel copies one page of options, its last byte being the end of the string. */
  static final int MOST_BYTES = 4095;

  /** The only option of the file systems that earlier agents made. */
  static final String UNPINNED = "index=off";

  private static final String PINNED = UNPINNED + ",redirect_dir=off,metacopy=off";
  private static final String PARAMETERS = "sys/module/overlay/parameters/";

  private final LinuxSyscalls linux;
  private final Node node;

  OverlayOptions(LinuxSyscalls linux, Node node) {
    this.linux = linux;
    this.node = node;
  }

  /**
   * The options of a new file system. Inode numbers stay as this kernel composes them by default
   * (xino).
   */
  String ofNew() {
    return PINNED + parameter("xino_auto").map(on -> on ? ",xino=auto" : ",xino=off").orElse("");
  }

  /**
   * The options that a file system without recorded ones has had on this node: the kernel's
   * defaults. With metacopy by default the kernel turns redirects on as well
   * (ovl_fs_params_verify() of fs/overlayfs/params.c).
   */
  String asFound() {
    boolean metacopy = parameter("metacopy").orElse(false);
    boolean redirect = metacopy || parameter("redirect_dir").orElse(false);
    boolean follow = parameter("redirect_always_follow").orElse(true);
    return UNPINNED
        + (redirect ? ",redirect_dir=on" : follow ? ",redirect_dir=follow" : ",redirect_dir=off")
        + (metacopy ? ",metacopy=on" : ",metacopy=off")
        + parameter("xino_auto").map(on -> on ? ",xino=auto" : ",xino=off").orElse("");
  }

  /** A default of the kernel's overlay module; empty where the module has no such parameter. */
  private Optional<Boolean> parameter(String name) {
    try (Fd file = linux.openat2(node.root(), PARAMETERS + name, O_RDONLY, 0, RESOLVE_IN_ROOT)) {
      return Optional.of(new String(linux.read(file, 8), ISO_8859_1).startsWith("Y"));
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** The options besides the folders, as one record has them. */
  static String of(@Nullable String recorded) {
    return recorded == null ? UNPINNED : recorded;
  }

  /** Whether no name in a layer stands for another name of a lower layer. */
  static boolean keepFilesAtTheirNames(@Nullable String recorded) {
    List<String> options = List.of(of(recorded).split(","));
    return options.contains("redirect_dir=off") && options.contains("metacopy=off");
  }

  /** All options as mount(2) takes them. */
  public static String forMount(String options, List<String> layers, String upper, String work) {
    String lower =
        layers.stream()
            .map(folder -> escape(folder).replace(":", "\\:"))
            .collect(Collectors.joining(":"));
    return options + ",lowerdir=" + lower + ",upperdir=" + upper + ",workdir=" + work;
  }

  /** A comma would end the option. */
  private static String escape(String folder) {
    return folder.replace("\\", "\\\\").replace(",", "\\,");
  }
}
