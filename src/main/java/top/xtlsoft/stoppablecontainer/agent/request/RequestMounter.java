package top.xtlsoft.stoppablecontainer.agent.request;

import io.grpc.StatusRuntimeException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.camel.Body;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.RequestType;
import top.xtlsoft.stoppablecontainer.agent.filesystem.FileSystemMounter;
import top.xtlsoft.stoppablecontainer.agent.filesystem.ImageContents;
import top.xtlsoft.stoppablecontainer.agent.filesystem.ImageLayers;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentPods;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.agent.process.MountEntry;
import top.xtlsoft.stoppablecontainer.agent.process.MountInfo;
import top.xtlsoft.stoppablecontainer.agent.process.NodeMounts;
import top.xtlsoft.stoppablecontainer.agent.process.Requester;
import top.xtlsoft.stoppablecontainer.agent.process.RootfsProcessFinder;
import top.xtlsoft.stoppablecontainer.agent.process.UserNamespace;
import top.xtlsoft.stoppablecontainer.api.ApiNames;

/** Answers a provider pod: its instance's file system is mounted. */
public final class RequestMounter {

  private static final Logger LOG = LoggerFactory.getLogger(RequestMounter.class);

  private final LinuxSyscalls linux;
  private final Node node;
  private final AgentPods pods;
  private final FileSystemMounter mounter;
  private final ImageContents contents;
  private final Containers containers;
  private final RootfsProcessFinder finder;
  private final NodeMounts nodeMounts;

  /** Asks the container runtime whether a container is the one of that name in a pod. */
  @FunctionalInterface
  public interface Containers {
    boolean isNamed(String id, String podUid, String name);
  }

  public RequestMounter(
      LinuxSyscalls linux,
      Node node,
      AgentPods pods,
      FileSystemMounter mounter,
      ImageContents contents,
      RootfsProcessFinder finder,
      Containers containers,
      NodeMounts nodeMounts) {
    this.linux = linux;
    this.node = node;
    this.pods = pods;
    this.mounter = mounter;
    this.contents = contents;
    this.finder = finder;
    this.containers = containers;
    this.nodeMounts = nodeMounts;
  }

  /**
   * Mounts the file system over the layers of the pod's rootfs container.
   *
   * @throws NotYetException while that container is not there
   * @throws RefusedException when it can't be mounted
   */
  public Answer mount(PodRequest request) {
    Instance instance = pods.instanceOf(request.pod(), RequestType.MOUNT);
    if (!mounter.isDone(instance)) {
      mountFromImage(request, instance);
    }
    return new Answer(
        request,
        instance.key(),
        ReadyFile.mounted(request.id(), AnsweredContainer.of(node.bootId(), request)));
  }

  /**
   * Mounts the file system for a consumer that asks before its provider pod does: over the layers
   * below the consumer's own first root, which is a root of the same image. A pod that may mount
   * could show another overlay there, with layers of its choice, so the agent takes it only from
   * the stoppable container, and only when the node's own mount namespace shows the same overlay.
   * The provider pod's request, which follows, finds the file system mounted, or learns why it
   * can't be.
   */
  void mountAhead(PodRequest consumer, Instance instance) {
    if (!hasProvider(instance)) {
      return;
    }
    try {
      requireImageOfRestore(consumer, instance);
      if (isStoppable(consumer)) {
        mount(instance, consumer.requester(), nodeMounts::show);
      }
    } catch (NotYetException
        | RefusedException
        | SyscallException
        | StatusRuntimeException
        | UncheckedIOException e) {
      LOG.debug("Mount left to the provider pod's request: error={}", e.getMessage());
    }
  }

  /** Without its provider pod the layers would go with the consumer. */
  private boolean hasProvider(Instance instance) {
    String provider = ApiNames.providerPodName(instance.name());
    return pods.of(instance.namespace(), instance.uid()).stream()
        .anyMatch(pod -> pod.getMetadata().getName().equals(provider));
  }

  /** A debugging container may have the request folder too, and has another image. */
  private boolean isStoppable(PodRequest consumer) {
    String name = consumer.pod().getSpec().getContainers().getFirst().getName();
    return consumer
        .requester()
        .containerId()
        .filter(id -> containers.isNamed(id, consumer.podUid(), name))
        .isPresent();
  }

  /**
   * Notes what the image holds that a file system was made on, for the day when it lies in other
   * folders. No pod waits for that: if it fails now, it is noted when the provider pod asks again.
   */
  public void remember(@Body Answer answer) {
    PodRequest request = answer.request();
    try (Requester image = finder.find(request.requester(), request.podUid()).orElse(null)) {
      if (image != null) {
        remember(pods.instanceOf(request.pod(), RequestType.MOUNT), image);
      }
    } catch (SyscallException | StatusRuntimeException | NotYetException | RefusedException e) {
      LOG.info("Image content not noted: error={}", e.getMessage());
    }
  }

  private void remember(Instance instance, Requester image) {
    Optional<ImageLayers> layers = image.mounts().root().map(ImageLayers::of);
    if (layers.filter(found -> mounter.lacksContent(instance, found)).isPresent()) {
      contents.of(image).ifPresent(content -> mounter.recordContent(instance, content));
    }
  }

  /** A pod of the image of before a restore must not have it done on its own layers. */
  private void requireImageOfRestore(PodRequest request, Instance instance) {
    if (mounter.awaitsOtherImage(instance)
        && !Optional.of(instance.source().restore().uid())
            .equals(AgentPods.restoreOf(request.pod()))) {
      throw NotYetException.untilEvent("a restore needs a pod of another image");
    }
  }

  private void mountFromImage(PodRequest request, Instance instance) {
    requireImageOfRestore(request, instance);
    Optional<Requester> found = finder.find(request.requester(), request.podUid());
    if (found.isEmpty()) {
      throw NotYetException.untilRetry("the rootfs container does not run yet");
    }
    try (Requester image = found.get()) {
      mount(instance, image, root -> true);
    }
  }

  private void mount(Instance instance, Requester image, Predicate<MountEntry> isRuntimes) {
    MountInfo mounts = image.mounts();
    // Looked at after the mounts were read, as for an attach: they must be the runtime's.
    try (Fd namespace = image.mountNamespace();
        Fd root = image.root()) {
      UserNamespace.ofNode(node).requireOwnerOf(linux, namespace);
      MountEntry entry =
          mounts.root().orElseThrow(() -> NotYetException.untilRetry("no root is mounted yet"));
      if (linux.look(root).mountId() != entry.id() || !isRuntimes.test(entry)) {
        throw NotYetException.untilRetry("the process has another root than its container");
      }
      mounter.mount(instance, root, ImageLayers.of(entry), () -> contents.of(image));
    }
  }
}
