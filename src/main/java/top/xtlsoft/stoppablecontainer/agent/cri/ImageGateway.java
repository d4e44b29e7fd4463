package top.xtlsoft.stoppablecontainer.agent.cri;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.okhttp.OkHttpChannelBuilder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.cri.v1.Container;
import top.xtlsoft.stoppablecontainer.agent.cri.v1.ContainerFilter;
import top.xtlsoft.stoppablecontainer.agent.cri.v1.ContainerState;
import top.xtlsoft.stoppablecontainer.agent.cri.v1.ContainerStateValue;
import top.xtlsoft.stoppablecontainer.agent.cri.v1.ContainerStatus;
import top.xtlsoft.stoppablecontainer.agent.cri.v1.ContainerStatusRequest;
import top.xtlsoft.stoppablecontainer.agent.cri.v1.ImageServiceGrpc;
import top.xtlsoft.stoppablecontainer.agent.cri.v1.ImageSpec;
import top.xtlsoft.stoppablecontainer.agent.cri.v1.ImageStatusRequest;
import top.xtlsoft.stoppablecontainer.agent.cri.v1.ImageStatusResponse;
import top.xtlsoft.stoppablecontainer.agent.cri.v1.ListContainersRequest;
import top.xtlsoft.stoppablecontainer.agent.cri.v1.RuntimeServiceGrpc;

/** Asks the container runtime of the node for images and containers; one connection, kept. */
public final class ImageGateway implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ImageGateway.class);
  private static final JsonFactory JSON = new JsonFactory();

  /**
   * For a call alone. Each request is built before the call's deadline is set, because the first
   * one takes seconds where CPUs are slow or throttled.
   */
  private static final int DEADLINE_SECONDS = 10;

  /** Of a message. What images say of themselves takes some kilobytes; the heap has 64 MiB. */
  private static final int MOST_BYTES = 1 << 20;

  /** An address that needs no lookup; {@link UnixSocket} goes to the runtime's path instead. */
  private static final String NO_HOST = "127.0.0.1";

  private static final int NO_PORT = 1;

  /** Labels that kubelet gives to containers: pkg/kubelet/types/labels.go. */
  private static final String LABEL_POD_UID = "io.kubernetes.pod.uid";

  private static final String LABEL_CONTAINER_NAME = "io.kubernetes.container.name";

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
    ContainerStatusRequest request =
        ContainerStatusRequest.newBuilder().setContainerId(containerId).build();
    ContainerStatus container =
        runtime
            .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)
            .containerStatus(request)
            .getStatus();
    return info(container.getImageId().isEmpty() ? container.getImageRef() : container.getImageId())
        .map(ImageGateway::parseLayers)
        .orElse(List.of());
  }

  /**
   * Runtime's ids of the running containers of that name in a pod, of which there is one at most.
   *
   * @throws io.grpc.StatusRuntimeException when the runtime can't be reached
   */
  public List<String> runningContainers(String podUid, String name) {
    return containers(
            filter(podUid, name)
                .setState(
                    ContainerStateValue.newBuilder().setState(ContainerState.CONTAINER_RUNNING)))
        .map(Container::getId)
        .toList();
  }

  /**
   * Whether kubelet made that container as the one of that name in a pod. It may be starting still.
   *
   * @param id runtime's id of the container
   * @throws io.grpc.StatusRuntimeException when the runtime can't be reached
   */
  public boolean isContainer(String id, String podUid, String name) {
    return containers(filter(podUid, name).setId(id)).findAny().isPresent();
  }

  private static ContainerFilter.Builder filter(String podUid, String name) {
    return ContainerFilter.newBuilder()
        .putLabelSelector(LABEL_POD_UID, podUid)
        .putLabelSelector(LABEL_CONTAINER_NAME, name);
  }

  private Stream<Container> containers(ContainerFilter.Builder filter) {
    ListContainersRequest request = ListContainersRequest.newBuilder().setFilter(filter).build();
    return runtime
        .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)
        .listContainers(request)
        .getContainersList()
        .stream();
  }

  private Optional<String> info(String image) {
    ImageStatusRequest request =
        ImageStatusRequest.newBuilder()
            .setImage(ImageSpec.newBuilder().setImage(image))
            .setVerbose(true)
            .build();
    ImageStatusResponse status;
    try {
      status = images.withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS).imageStatus(request);
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() == Status.Code.RESOURCE_EXHAUSTED) {
        LOG.warn("Ignored an image's config, too long: image={} limit={}", image, MOST_BYTES);
        return Optional.empty();
      }
      throw e;
    }
    return status.hasImage() && status.containsInfo("info")
        ? Optional.of(status.getInfoOrThrow("info"))
        : Optional.empty();
  }

  /**
   * Reads the JSON that containerd and CRI-O give; both have the OCI image's config in it. An image
   * can hold any amount of anything else, so nothing else is kept.
   */
  static Optional<ImageCommand> parse(String info) {
    try (JsonParser json = JSON.createParser(info)) {
      json.nextToken();
      if (!moveTo(json, "imageSpec") || !moveTo(json, "config")) {
        return Optional.empty();
      }
      List<String> entrypoint = List.of();
      List<String> cmd = List.of();
      if (json.currentToken() == JsonToken.START_OBJECT) {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
          String field = json.currentName();
          json.nextToken();
          switch (field) {
            case "Entrypoint" -> entrypoint = strings(json);
            case "Cmd" -> cmd = strings(json);
            default -> json.skipChildren();
          }
        }
      }
      return Optional.of(new ImageCommand(entrypoint, cmd));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Reads the layers' digests from the same JSON. */
  static List<String> parseLayers(String info) {
    try (JsonParser json = JSON.createParser(info)) {
      json.nextToken();
      return moveTo(json, "imageSpec") && moveTo(json, "rootfs") && moveTo(json, "diff_ids")
          ? strings(json)
          : List.of();
    } catch (IOException e) {
      return List.of();
    }
  }

  /** Moves to the value of a field in the object that begins here; false when it has none. */
  private static boolean moveTo(JsonParser json, String field) throws IOException {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      return false;
    }
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      boolean found = json.currentName().equals(field);
      json.nextToken();
      if (found) {
        return true;
      }
      json.skipChildren();
    }
    return false;
  }

  /** The strings of the array that begins here; none when there begins something else. */
  private static List<String> strings(JsonParser json) throws IOException {
    List<String> strings = new ArrayList<>();
    if (json.currentToken() == JsonToken.START_ARRAY) {
      while (json.nextToken() != JsonToken.END_ARRAY) {
        strings.add(json.getValueAsString(""));
        json.skipChildren();
      }
    } else {
      json.skipChildren();
    }
    return strings;
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
