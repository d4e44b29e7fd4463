package top.xtlsoft.stoppablecontainer.agent.cri;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.okhttp.OkHttpChannelBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import top.xtlsoft.stoppablecontainer.agent.cri.v1.ContainerStatus;
import top.xtlsoft.stoppablecontainer.agent.cri.v1.ContainerStatusRequest;
import top.xtlsoft.stoppablecontainer.agent.cri.v1.ImageServiceGrpc;
import top.xtlsoft.stoppablecontainer.agent.cri.v1.ImageSpec;
import top.xtlsoft.stoppablecontainer.agent.cri.v1.ImageStatusRequest;
import top.xtlsoft.stoppablecontainer.agent.cri.v1.ImageStatusResponse;
import top.xtlsoft.stoppablecontainer.agent.cri.v1.RuntimeServiceGrpc;

/** Asks the container runtime of the node for images; one connection, kept. */
public final class ImageGateway implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int DEADLINE_SECONDS = 10;
  private static final int MOST_BYTES = 16 << 20;

  /** An address that needs no lookup; {@link UnixSocket} goes to the runtime's path instead. */
  private static final String NO_HOST = "127.0.0.1";

  private static final int NO_PORT = 1;

  private final ManagedChannel channel;
  private final ImageServiceGrpc.ImageServiceBlockingStub images;
  private final RuntimeServiceGrpc.RuntimeServiceBlockingStub runtime;

  /**
   * A connection that is made when it is first used, and again when it broke.
   *
   * @param socketPath path of the runtime's socket, as the agent sees it
   */
  public ImageGateway(String socketPath) {
    this.channel =
        OkHttpChannelBuilder.forAddress(NO_HOST, NO_PORT, InsecureChannelCredentials.create())
            .socketFactory(UnixSocket.factory(socketPath))
            .overrideAuthority("localhost")
            .maxInboundMessageSize(MOST_BYTES)
            .build();
    this.images = ImageServiceGrpc.newBlockingStub(channel);
    this.runtime = RuntimeServiceGrpc.newBlockingStub(channel);
  }

  /**
   * ENTRYPOINT and CMD of an image that is on the node.
   *
   * @return empty when the node doesn't have it, or the runtime doesn't tell
   * @throws io.grpc.StatusRuntimeException when the runtime can't be reached
   */
  public Optional<ImageCommand> command(String image) {
    return info(image).flatMap(ImageGateway::parse);
  }

  /**
   * Digests of the layers of a container's image, before compression, lowest first: the same when
   * and only when the layers hold the same.
   *
   * @return empty when the node doesn't have the image any more, or the runtime doesn't tell
   * @throws io.grpc.StatusRuntimeException when the runtime can't be reached or knows no such
   *     container
   */
  public List<String> layers(String containerId) {
    ContainerStatus container =
        runtime
            .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)
            .containerStatus(
                ContainerStatusRequest.newBuilder().setContainerId(containerId).build())
            .getStatus();
    return info(container.getImageId().isEmpty() ? container.getImageRef() : container.getImageId())
        .map(ImageGateway::parseLayers)
        .orElse(List.of());
  }

  private Optional<String> info(String image) {
    ImageStatusResponse status =
        images
            .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)
            .imageStatus(
                ImageStatusRequest.newBuilder()
                    .setImage(ImageSpec.newBuilder().setImage(image))
                    .setVerbose(true)
                    .build());
    return status.hasImage() && status.containsInfo("info")
        ? Optional.of(status.getInfoOrThrow("info"))
        : Optional.empty();
  }

  /** Reads the JSON that containerd and CRI-O give; both have the OCI image's config in it. */
  static Optional<ImageCommand> parse(String info) {
    try {
      JsonNode config = JSON.readTree(info).path("imageSpec").path("config");
      return config.isMissingNode()
          ? Optional.empty()
          : Optional.of(
              new ImageCommand(strings(config.path("Entrypoint")), strings(config.path("Cmd"))));
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  /** Reads the layers' digests from the same JSON. */
  static List<String> parseLayers(String info) {
    try {
      return strings(JSON.readTree(info).path("imageSpec").path("rootfs").path("diff_ids"));
    } catch (JsonProcessingException e) {
      return List.of();
    }
  }

  private static List<String> strings(JsonNode array) {
    List<String> strings = new ArrayList<>();
    array.forEach(element -> strings.add(element.asText()));
    return strings;
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
