package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.List;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.agent.cri.ImageGateway;
import top.xtlsoft.stoppablecontainer.agent.process.Requester;
import top.xtlsoft.stoppablecontainer.api.Sha256;

/**
 * What the image of a running container holds. The folders that the runtime keeps it in are others
 * after it was removed and pulled again; its content is not.
 */
public final class ImageContents {

  private final ImageGateway images;

  public ImageContents(ImageGateway images) {
    this.images = images;
  }

  /**
   * Hash over the content of all layers of the container's image.
   *
   * @return empty when the runtime doesn't tell
   * @throws io.grpc.StatusRuntimeException when the runtime can't be reached
   */
  public Optional<String> of(Requester container) {
    return container
        .containerId()
        .map(images::layers)
        .filter(layers -> !layers.isEmpty())
        .map(ImageContents::hash);
  }

  static String hash(List<String> layers) {
    return Sha256.hex(String.join("\n", layers).getBytes(ISO_8859_1));
  }
}
