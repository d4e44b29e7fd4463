package top.xtlsoft.stoppablecontainer.agent.filesystem;

import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;

/**
 * The lower folders of an overlay. The mounts of those that lie in disk images end when this is
 * closed, unless an overlay uses them by then: it keeps them as long as it is mounted itself.
 *
 * @param folders topmost first
 */
record LowerFolders(List<Folder> folders) implements AutoCloseable {

  /**
   * A layer.
   *
   * @param path absolute path of the layer's folder on the node; of a frozen disk image, the file
   * @param disk detached mount of the disk image whose {@code upper} is the folder; null for none
   */
  record Folder(String path, @Nullable Fd disk) {}

  LowerFolders {
    folders = List.copyOf(folders);
  }

  private Stream<Fd> disks() {
    return folders.stream().map(Folder::disk).filter(Objects::nonNull);
  }

  /** Whether some of them have no path on the node. */
  boolean haveDisks() {
    return disks().findAny().isPresent();
  }

  List<String> paths() {
    return folders.stream().map(Folder::path).toList();
  }

  @Override
  public void close() {
    disks().forEach(Fd::close);
  }
}
