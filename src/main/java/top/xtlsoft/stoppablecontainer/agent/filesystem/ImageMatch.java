package top.xtlsoft.stoppablecontainer.agent.filesystem;

import java.util.Optional;
import java.util.function.Supplier;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FolderRecord;
import top.xtlsoft.stoppablecontainer.api.AgentReason;

/** Compares the layers of an image with those that a file system was made on. */
final class ImageMatch {

  private ImageMatch() {}

  /** A runtime that lost its store numbers folders anew: their names prove nothing. */
  static boolean isSame(
      FolderRecord record, ImageLayers layers, Supplier<Optional<String>> content) {
    Optional<String> before = Optional.ofNullable(record.content());
    Optional<String> now = before.isPresent() ? content.get() : Optional.empty();
    return now.isPresent() ? now.equals(before) : record.layers().equals(layers.hash());
  }

  /**
   * Requires that a container has the image that the file system was made on.
   *
   * @param content hash over what the layers of the container hold
   * @throws RefusedException ImageLayersChanged if it has another one
   */
  static void require(FolderRecord record, Supplier<Optional<String>> content) {
    if (record.content() == null || !content.get().equals(Optional.of(record.content()))) {
      throw new RefusedException(
          AgentReason.IMAGE_LAYERS_CHANGED,
          "the container has another image under the name "
              + record.image()
              + " than its file system was made from");
    }
  }
}
