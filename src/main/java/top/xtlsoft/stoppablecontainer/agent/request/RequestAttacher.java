package top.xtlsoft.stoppablecontainer.agent.request;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.RequestType;
import top.xtlsoft.stoppablecontainer.agent.attach.Attached;
import top.xtlsoft.stoppablecontainer.agent.attach.AttachedFiles;
import top.xtlsoft.stoppablecontainer.agent.attach.ContainerAttacher;
import top.xtlsoft.stoppablecontainer.agent.cri.ImageCommand;
import top.xtlsoft.stoppablecontainer.agent.cri.ImageCommands;
import top.xtlsoft.stoppablecontainer.agent.filesystem.FileSystemMounter;
import top.xtlsoft.stoppablecontainer.agent.filesystem.ImageContents;
import top.xtlsoft.stoppablecontainer.agent.filesystem.ImageLayers;
import top.xtlsoft.stoppablecontainer.agent.filesystem.MadeFiles;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentPods;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.process.EarlyProcesses;
import top.xtlsoft.stoppablecontainer.agent.process.LeftRoot;
import top.xtlsoft.stoppablecontainer.agent.process.MountEntry;
import top.xtlsoft.stoppablecontainer.agent.process.UserNamespace;

/** Answers a consumer pod: its container has the instance's file system as its root. */
public final class RequestAttacher {

  private final LinuxSyscalls linux;
  private final Node node;
  private final AgentPods pods;
  private final FileSystemStore store;
  private final FileSystemMounter mounter;
  private final ContainerAttacher attacher;
  private final ImageCommands commands;
  private final ImageContents contents;
  private final MadeFiles made;
  private final RequestMounter requestMounter;
  private final EarlyProcesses early;
  private final EarlyFiles earlyFiles;
  private final HeldRequests held;

  public RequestAttacher(
      LinuxSyscalls linux,
      Node node,
      AgentPods pods,
      FileSystemStore store,
      FileSystemMounter mounter,
      ContainerAttacher attacher,
      ImageCommands commands,
      ImageContents contents,
      MadeFiles made,
      RequestMounter requestMounter,
      EarlyProcesses early,
      EarlyFiles earlyFiles,
      HeldRequests held) {
    this.linux = linux;
    this.node = node;
    this.pods = pods;
    this.store = store;
    this.mounter = mounter;
    this.attacher = attacher;
    this.commands = commands;
    this.contents = contents;
    this.made = made;
    this.requestMounter = requestMounter;
    this.early = early;
    this.earlyFiles = earlyFiles;
    this.held = held;
  }

  /**
   * Attaches the instance's file system to the requester's container.
   *
   * @throws NotYetException while the instance is stopped, until it can be mounted from the
   *     provider pod, and while an earlier pod's processes are still in it
   * @throws RefusedException when the container can't take it
   */
  public Answer attach(PodRequest request) {
    held.hold(request.podKey());
    Instance instance = pods.instanceOf(request.pod(), RequestType.ATTACH);
    held.release(request.podKey());
    UserNamespace users =
        UserNamespace.of(linux, node, request.requester(), AgentPods.usesHostUsers(request.pod()));
    return attachIfMounted(request, instance, users)
        .or(
            () -> {
              if (users.isNodes()) {
                requestMounter.mountAhead(request, instance);
              }
              mounter.mountFor(instance, users, request.requester()::userNamespace);
              return attachIfMounted(request, instance, users);
            })
        .orElseThrow(() -> NotYetException.untilEvent("the file system is not mounted yet"));
  }

  private Optional<Answer> attachIfMounted(
      PodRequest request, Instance instance, UserNamespace users) {
    return store
        .locks()
        .together(
            store.placeOf(instance),
            () -> {
              try (Fd rootfs = mounter.mounted(instance, users).orElse(null)) {
                return rootfs == null
                    ? Optional.empty()
                    : Optional.of(attach(request, instance, rootfs, users));
              }
            });
  }

  private Answer attach(PodRequest request, Instance instance, Fd rootfs, UserNamespace users) {
    // The runtime is asked meanwhile; known to be of no use, the container is left as it is.
    CompletableFuture<ImageCommand> command = commands.of(request.pod());
    if (!attacher.isAttached(request.requester(), rootfs)) {
      attacher.requireAlone(rootfs, request.podUid(), request.requester());
    }
    ImageCommand known = ImageCommands.await(command);
    InstanceFiles files = new InstanceFiles(request, instance, rootfs, users);
    Attached attached =
        attacher.attach(
            request.requester(), rootfs, users, files, AgentPods.wantsWritableRoot(request.pod()));
    attached
        .oldRoot()
        .flatMap(old -> early.left(request.podKey(), request.podUid(), request.requester(), old))
        .ifPresent(left -> leave(left, files));
    return new Answer(
        request,
        instance.key(),
        ReadyFile.attached(
            request.id(), AnsweredContainer.of(node.bootId(), request), attached.root(), known));
  }

  /** In this order: a root that is noted may be closed at any time. */
  private void leave(LeftRoot left, InstanceFiles files) {
    try {
      earlyFiles.begin(left, files.firstRoot, files.instance, files.rootfs, files.users);
    } finally {
      early.note(left);
    }
  }

  private final class InstanceFiles implements AttachedFiles {

    private final PodRequest request;
    private final Instance instance;
    private final Fd rootfs;
    private final UserNamespace users;
    private @Nullable MountEntry firstRoot;

    InstanceFiles(PodRequest request, Instance instance, Fd rootfs, UserNamespace users) {
      this.request = request;
      this.instance = instance;
      this.rootfs = rootfs;
      this.users = users;
    }

    @Override
    public void requireImage(MountEntry firstRoot) {
      Supplier<Optional<String>> content = () -> contents.of(request.requester());
      if (users.isNodes()) {
        mounter.requireImage(instance, ImageLayers.of(firstRoot), content);
      } else {
        mounter.requireContent(instance, content);
      }
    }

    @Override
    public void bringUp(MountEntry mount, Fd firstRoot, Set<String> places) {
      this.firstRoot = mount;
      made.bringUp(instance, mount, firstRoot, rootfs, users, places);
    }

    @Override
    public void noteMountPoints(List<String> paths) {
      made.note(instance, paths);
    }
  }
}
