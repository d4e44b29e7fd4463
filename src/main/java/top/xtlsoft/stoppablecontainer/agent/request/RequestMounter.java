package top.xtlsoft.stoppablecontainer.agent.request;

import io.grpc.StatusRuntimeException;
import java.util.Optional;
import org.apache.camel.Body;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.RequestType;
import top.xtlsoft.stoppablecontainer.agent.attach.ContainerAttacher;
import top.xtlsoft.stoppablecontainer.agent.filesystem.FileSystemMounter;
import top.xtlsoft.stoppablecontainer.agent.filesystem.ImageContents;
import top.xtlsoft.stoppablecontainer.agent.filesystem.ImageLayers;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentPods;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.agent.process.MountEntry;
import top.xtlsoft.stoppablecontainer.agent.process.MountInfo;
import top.xtlsoft.stoppablecontainer.agent.process.Requester;
import top.xtlsoft.stoppablecontainer.agent.process.RootfsProcessFinder;
import top.xtlsoft.stoppablecontainer.api.ApiNames;

/** Answers a provider pod: its instance's file system is mounted. */
public final class RequestMounter {

  private static final Logger LOG = LoggerFactory.getLogger(RequestMounter.class);

  private final LinuxSyscalls linux;
  private final Node node;
  private final AgentPods pods;
  private final FileSystemMounter mounter;
  private final ImageContents contents;
  private final RootfsProcessFinder finder;

  public RequestMounter(
      LinuxSyscalls linux,
      Node node,
      AgentPods pods,
      FileSystemMounter mounter,
      ImageContents contents,
      RootfsProcessFinder finder) {
    this.linux = linux;
    this.node = node;
    this.pods = pods;
    this.mounter = mounter;
    this.contents = contents;
    this.finder = finder;
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
   * Mounts the file system for a consumer that asks before its provider pod's request has come: the
   * rootfs container, which is all that it takes, is started before the one that asks. Nothing is
   * taken from the consumer itself. The provider pod learns of a failure when it asks itself.
   */
  void mountAhead(PodRequest consumer, Instance instance) {
    Optional<String> provider =
        pods.find(instance.namespace() + "/" + ApiNames.providerPodName(instance.name()))
            .filter(pod -> pods.of(instance.namespace(), instance.uid()).contains(pod))
            .map(pod -> pod.getMetadata().getUid());
    if (provider.isEmpty()) {
      return;
    }
    try (Requester image = finder.find(consumer.requester(), provider.get()).orElse(null)) {
      if (image != null) {
        mount(instance, image);
      }
    } catch (NotYetException | RefusedException | SyscallException | StatusRuntimeException e) {
      LOG.debug("Mount left to the provider pod's request: error={}", e.getMessage());
    }
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

  private void mountFromImage(PodRequest request, Instance instance) {
    Optional<Requester> found = finder.find(request.requester(), request.podUid());
    if (found.isEmpty()) {
      throw NotYetException.untilRetry("the rootfs container does not run yet");
    }
    try (Requester image = found.get()) {
      mount(instance, image);
    }
  }

  private void mount(Instance instance, Requester image) {
    MountInfo mounts = image.mounts();
    // Looked at after the mounts were read, as for an attach: they must be the runtime's.
    try (Fd namespace = image.mountNamespace();
        Fd root = image.root()) {
      ContainerAttacher.requireNodesUserNamespace(linux, node, namespace);
      MountEntry entry =
          mounts.root().orElseThrow(() -> NotYetException.untilRetry("no root is mounted yet"));
      mounter.mount(instance, root, ImageLayers.of(entry), () -> contents.of(image));
    }
  }
}
