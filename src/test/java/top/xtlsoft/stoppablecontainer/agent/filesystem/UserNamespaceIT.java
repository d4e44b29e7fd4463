package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import jnr.constants.platform.Errno;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.agent.FakeContainer;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.Scratch;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.HostFolderStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Storage;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.StorageSettings;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.NamespaceThread;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.agent.process.Occupants;
import top.xtlsoft.stoppablecontainer.agent.process.Requester;
import top.xtlsoft.stoppablecontainer.agent.process.UserNamespace;
import top.xtlsoft.stoppablecontainer.api.AgentReason;

/** A file system for pods with users of their own, with the kernel's user namespaces. */
class UserNamespaceIT {

  private static final int FIRST = 300_000;
  private static final int OTHER = 500_000;

  private final AtomicBoolean refusesUser = new AtomicBoolean();
  private final LinuxSyscalls linux = failingWhen(refusesUser, new JnrSyscalls());
  private final Node node = Node.open(linux);

  private FileSystemStore store;
  private FileSystemRemover remover;
  private FileSystemMounter mounter;
  private Scratch scratch;
  private FakeContainer container;
  private Requester requester;
  private Instance instance;

  /** System calls whose setfsuid(2) fails while that is set. */
  private static LinuxSyscalls failingWhen(AtomicBoolean refusesUser, LinuxSyscalls real) {
    return (LinuxSyscalls)
        Proxy.newProxyInstance(
            LinuxSyscalls.class.getClassLoader(),
            new Class<?>[] {LinuxSyscalls.class},
            (_, method, arguments) -> {
              if (refusesUser.get() && method.getName().equals("setFileSystemUser")) {
                throw new SyscallException("setfsuid", Errno.EPERM, "");
              }
              try {
                return method.invoke(real, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @BeforeEach
  void mount() throws Exception {
    scratch = new Scratch();
    store =
        new HostFolderStore(linux, node, new StorageSettings(List.of(scratch.path() + "/prefix")));
    remover = new FileSystemRemover(linux, node, store);
    mounter = new FileSystemMounter(linux, node, store, remover, new Occupants(linux));
    Path image = scratch.folder("image");
    Files.writeString(image.resolve("of-image"), "image");
    Files.setAttribute(image.resolve("of-image"), "unix:uid", 7);
    container = FakeContainer.start(scratch.path());
    requester = Requester.hold(linux, container.pid()).orElseThrow();
    mount(new Storage(scratch.path() + "/prefix"));
  }

  private void mount(Storage storage) {
    instance = new Instance("ns", "one", "uid-1", storage, "image:1");
    try (Fd root = requester.root()) {
      mounter.mount(
          instance,
          root,
          ImageLayers.of(requester.mounts().root().orElseThrow()),
          () -> Optional.of("content"));
    }
  }

  @AfterEach
  void unmount() throws Exception {
    requester.close();
    container.close();
    remover.remove(store.placeOf(instance));
    scratch.close();
  }

  private Path file(String name) {
    return scratch.path().resolve("prefix/ns/one").resolve(name);
  }

  private static int owner(Path file) throws IOException {
    return (int) Files.getAttribute(file, "unix:uid");
  }

  /** A process whose user namespace is a pod's. */
  private static final class PodProcess implements AutoCloseable {
    private final Process process;

    PodProcess(String map, String... command) throws IOException {
      process = new ProcessBuilder(command).start();
      Path own = Path.of("/proc/self/ns/user");
      Path its = Path.of("/proc/" + process.pid() + "/ns/user");
      Awaitility.await()
          .until(() -> !Files.readSymbolicLink(its).equals(Files.readSymbolicLink(own)));
      for (String file : List.of("uid_map", "gid_map")) {
        Files.writeString(Path.of("/proc/" + process.pid() + "/" + file), map);
      }
    }

    static PodProcess ofUsers(int first) throws IOException {
      return new PodProcess("0 " + first + " 65536\n", "unshare", "--user", "sleep", "1000");
    }

    Requester hold(LinuxSyscalls linux) {
      return Requester.hold(linux, (int) process.pid()).orElseThrow();
    }

    @Override
    public void close() {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private UserNamespace mountFor(PodProcess pod) {
    try (Requester process = pod.hold(linux)) {
      UserNamespace users = UserNamespace.of(linux, node, process, false);
      mounter.mountFor(instance, users, process::userNamespace);
      return users;
    }
  }

  private boolean isMountedFor(UserNamespace users) {
    try (Fd root = mounter.mounted(instance, users).orElse(null)) {
      return root != null;
    }
  }

  private void makeAs(int uid, String name) {
    new NamespaceThread(linux)
        .call(
            "make",
            () -> {
              linux.setFileSystemUser(uid, uid);
              int flags = Linux.O_WRONLY | Linux.O_CREAT | Linux.O_EXCL;
              try (Fd made = linux.openat(Fd.CWD, file("rootfs/" + name).toString(), flags, 0600)) {
                linux.write(made, "kept".getBytes(UTF_8));
              }
              return null;
            });
  }

  @Test
  void filesInADiskImageKeepTheirOwnersToo() throws Exception {
    remover.remove(store.placeOf(instance));
    linux.mount("disk", scratch.folder("prefix").toString(), "tmpfs", 0, "size=128m,mode=755");
    mount(new Storage(scratch.path() + "/prefix", 64L << 20));
    try (PodProcess pod = PodProcess.ofUsers(FIRST)) {
      UserNamespace users = mountFor(pod);
      assertTrue(isMountedFor(users));
      makeAs(FIRST, "of-root");
      assertEquals(0, owner(file("disk/upper/of-root")));
    }
  }

  @Test
  void filesInAFrozenDiskImageKeepTheirOwnersToo() throws Exception {
    remover.remove(store.placeOf(instance));
    linux.mount("disk", scratch.folder("prefix").toString(), "tmpfs", 0, "size=256m,mode=755");
    mount(new Storage(scratch.path() + "/prefix", 64L << 20));
    SnapshotFolders snapshots =
        new SnapshotFolders(
            linux, node, store, remover, mounter, new LayerCollector(store, remover));
    try (PodProcess pod = PodProcess.ofUsers(FIRST)) {
      mountFor(pod);
      makeAs(FIRST, "of-root");
      snapshots.take(instance, "snap", "s-1", () -> {});
      assertEquals(0, owner(file("rootfs/of-root")), "mounted again for the node's users");
      UserNamespace users = mountFor(pod);
      assertTrue(isMountedFor(users));
      assertEquals(FIRST, owner(file("rootfs/of-root")));
      assertEquals(FIRST + 7, owner(file("rootfs/of-image")));
      assertEquals("kept", Files.readString(file("rootfs/of-root")));
      makeAs(FIRST, "and-another");
      assertEquals(0, owner(file("disk/upper/and-another")));
    }
  }

  @Test
  void filesKeepTheirOwnersOnTheDiskForEachPodsUsers() throws Exception {
    UserNamespace nodes = UserNamespace.ofNode(node);
    assertTrue(isMountedFor(nodes));
    try (PodProcess pod = PodProcess.ofUsers(FIRST);
        PodProcess other = PodProcess.ofUsers(OTHER)) {
      UserNamespace users = mountFor(pod);
      assertTrue(isMountedFor(users));
      assertFalse(isMountedFor(nodes));
      assertEquals(FIRST + 7, owner(file("rootfs/of-image")));
      assertEquals(
          Errno.EOVERFLOW,
          assertThrows(SyscallException.class, () -> makeAs(0, "of-nodes-root")).errno());
      makeAs(FIRST, "of-root");
      assertEquals(0, owner(file("upper/of-root")));
      Files.setAttribute(file("rootfs/of-root"), "unix:uid", FIRST + 1000);
      assertEquals(1000, owner(file("upper/of-root")));
      Files.writeString(file("rootfs/of-image"), "changed");
      assertEquals(7, owner(file("upper/of-image")), "copied up with its owner");

      UserNamespace others = mountFor(other);
      assertFalse(isMountedFor(users));
      assertTrue(isMountedFor(others));
      assertEquals(OTHER + 1000, owner(file("rootfs/of-root")));
      assertEquals("kept", Files.readString(file("rootfs/of-root")));

      mounter.mountFor(instance, nodes, requester::userNamespace);
      assertTrue(isMountedFor(nodes));
      assertEquals(1000, owner(file("rootfs/of-root")));
      assertEquals("changed", Files.readString(file("rootfs/of-image")));
    }
    assertTrue(
        Files.readAllLines(Path.of("/proc/1/mountinfo")).stream()
            .noneMatch(line -> line.contains(" - tmpfs layers ")),
        "no mount is left of the layers");
  }

  @Test
  void isAsBeforeWhereOwnersCanNotBeMapped() throws Exception {
    try (PodProcess pod = PodProcess.ofUsers(FIRST);
        Requester process = pod.hold(linux)) {
      UserNamespace users = UserNamespace.of(linux, node, process, false);
      // What is no user namespace the kernel refuses with the errno of a file system that can't.
      RefusedException refused =
          assertThrows(
              RefusedException.class,
              () -> mounter.mountFor(instance, users, process::mountNamespace));
      assertEquals(AgentReason.UNSUPPORTED_USER_NAMESPACE, refused.reason());
    }
    assertTrue(isMountedFor(UserNamespace.ofNode(node)));
    assertEquals("image", Files.readString(file("rootfs/of-image")));
  }

  @Test
  void staysMountedWhenTheMountForThePodsUsersFails() throws Exception {
    try (PodProcess pod = PodProcess.ofUsers(FIRST);
        Requester process = pod.hold(linux)) {
      UserNamespace users = UserNamespace.of(linux, node, process, false);
      refusesUser.set(true);
      assertThrows(
          SyscallException.class, () -> mounter.mountFor(instance, users, process::userNamespace));
      refusesUser.set(false);
      assertTrue(isMountedFor(UserNamespace.ofNode(node)));
      assertEquals("image", Files.readString(file("rootfs/of-image")));
      mounter.mountFor(instance, users, process::userNamespace);
      assertTrue(isMountedFor(users));
    }
  }

  @Test
  void refusesUsersThatKubeletDidNotGiveThePod() throws Exception {
    try (PodProcess pod =
            new PodProcess(
                "0 0 65536\n",
                "unshare",
                "--user",
                "sh",
                "-c",
                "until [ -n \"$(cat /proc/self/uid_map)\" ]; do :; done; unshare --user sleep 1000 & wait");
        PodProcess two =
            new PodProcess("0 300000 10\n10 400000 10\n", "unshare", "--user", "sleep", "1000")) {
      ProcessHandle child =
          Awaitility.await()
              .until(
                  () -> pod.process.children().filter(UserNamespaceIT::isInItsOwn).findFirst(),
                  Optional::isPresent)
              .orElseThrow();
      try (Requester nested = Requester.hold(linux, (int) child.pid()).orElseThrow();
          Requester ranges = two.hold(linux)) {
        assertEquals(
            AgentReason.REQUEST_NOT_ALLOWED,
            assertThrows(RefusedException.class, () -> UserNamespace.of(linux, node, nested, false))
                .reason());
        assertEquals(
            AgentReason.UNSUPPORTED_USER_NAMESPACE,
            assertThrows(RefusedException.class, () -> UserNamespace.of(linux, node, ranges, false))
                .reason());
      }
    }
    assertTrue(UserNamespace.of(linux, node, requester, true).isNodes());
    assertTrue(UserNamespace.of(linux, node, requester, false).isNodes());
  }

  private static boolean isInItsOwn(ProcessHandle process) {
    try {
      Path parents =
          Files.readSymbolicLink(
              Path.of("/proc/" + process.parent().orElseThrow().pid() + "/ns/user"));
      return !Files.readSymbolicLink(Path.of("/proc/" + process.pid() + "/ns/user"))
          .equals(parents);
    } catch (IOException e) {
      return false;
    }
  }
}
