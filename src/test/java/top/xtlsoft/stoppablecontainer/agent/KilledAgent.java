package top.xtlsoft.stoppablecontainer.agent;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jnr.ffi.LibraryLoader;
import top.xtlsoft.stoppablecontainer.agent.attach.AttachRehearsal;
import top.xtlsoft.stoppablecontainer.agent.attach.ContainerAttacher;
import top.xtlsoft.stoppablecontainer.agent.filesystem.FileSystemMounter;
import top.xtlsoft.stoppablecontainer.agent.filesystem.FileSystemRemover;
import top.xtlsoft.stoppablecontainer.agent.filesystem.ImageLayers;
import top.xtlsoft.stoppablecontainer.agent.filesystem.LayerCollector;
import top.xtlsoft.stoppablecontainer.agent.filesystem.SnapshotFolders;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.HostFolderStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Storage;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.StorageSettings;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.process.Occupants;
import top.xtlsoft.stoppablecontainer.agent.process.Requester;
import top.xtlsoft.stoppablecontainer.agent.process.UserNamespace;

/**
 * An agent of a process of its own that does one thing and is killed (SIGKILL) before the step of a
 * given number. A step is a call that changes what outlives the process; what is between two of
 * them makes no difference to who comes after it.
 */
final class KilledAgent {

  /** What it does. */
  enum Action {
    MOUNT,
    RESTORE,
    ATTACH,
    REMOVE,
    SNAPSHOT,
    REMOVE_SNAPSHOT
  }

  /** Name and UID of the snapshot that it takes or removes. */
  static final String SNAPSHOT = "snap";

  /** UID of the snapshot that keeps the state before a restore. */
  static final String BEFORE = "before";

  /** Names a C function, hence the case. */
  public interface Kill {
    int kill(int pid, int signal);
  }

  private static final int SIGKILL = 9;
  private static final int KILLED = 128 + SIGKILL;

  private static final Set<String> STEPS =
      Set.of(
          "write",
          "mkdirat",
          "unlinkat",
          "renameat",
          "renameToNew",
          "linkat",
          "setModified",
          "setModifiedAt",
          "makeWhiteout",
          "fchmod",
          "fchown",
          "setXattr",
          "mount",
          "umount",
          "allocate",
          "trim",
          "attachLoop",
          "moveMount",
          "mountSetattr",
          "pivotRootHere");

  private final LinuxSyscalls linux;
  private volatile boolean counting;
  private int steps;

  private KilledAgent(LinuxSyscalls real, int killAt) {
    // Found now: there are steps at which the thread's root is the container's.
    Kill libc = LibraryLoader.create(Kill.class).load("c");
    int ownPid = (int) ProcessHandle.current().pid();
    libc.kill(ownPid, 0);
    linux =
        (LinuxSyscalls)
            Proxy.newProxyInstance(
                LinuxSyscalls.class.getClassLoader(),
                new Class<?>[] {LinuxSyscalls.class},
                (self, method, arguments) -> {
                  if (counting && isStep(method.getName(), arguments) && steps++ == killAt) {
                    libc.kill(ownPid, SIGKILL);
                  }
                  try {
                    return method.invoke(real, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
  }

  private static boolean isStep(String call, Object[] arguments) {
    return STEPS.contains(call)
        || (call.startsWith("openat") && ((int) arguments[2] & Linux.O_CREAT) != 0);
  }

  /**
   * Has the action done for the instance.
   *
   * @param pid process of the container
   * @return whether it was killed; false when there is no step of that number
   */
  static boolean killed(Action action, Instance instance, int pid, int killAt) throws IOException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-Xmx48m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                KilledAgent.class.getName(),
                action.name(),
                instance.storage().hostPathPrefix(),
                instance.uid(),
                "" + pid,
                "" + killAt,
                instance.adopts() == null ? "" : instance.adopts(),
                instance.source() == null ? "" : instance.source().uid(),
                instance.storage().sizeBytes() == null ? "" : "" + instance.storage().sizeBytes())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(new File("target", "killed-agent.log"))
            .start();
    int exit = process.onExit().join().exitValue();
    if (exit != 0 && exit != KILLED) {
      throw new IllegalStateException("the agent failed, see target/killed-agent.log: " + exit);
    }
    return exit == KILLED;
  }

  /**
   * Action, prefix, UID, process of the container, number of the step, UID that is adopted, UID of
   * the snapshot that is cloned, size in bytes.
   */
  public static void main(String[] args) {
    KilledAgent agent = new KilledAgent(new JnrSyscalls(), Integer.parseInt(args[4]));
    agent.run(
        Action.valueOf(args[0]),
        new Instance(
            "ns",
            "one",
            args[2],
            new Storage(args[1], args[7].isEmpty() ? null : Long.valueOf(args[7])),
            "image:1",
            args[5].isEmpty() ? null : args[5],
            args[6].isEmpty() ? null : new Instance.Source(SNAPSHOT, args[6], List.of("/known"))),
        Integer.parseInt(args[3]));
  }

  private void run(Action action, Instance instance, int pid) {
    Node node = Node.open(linux);
    FileSystemStore store = new HostFolderStore(linux, node, StorageSettings.from(Map.of()));
    FileSystemRemover remover = new FileSystemRemover(linux, node, store);
    Occupants occupants = new Occupants(linux);
    FileSystemMounter mounter = new FileSystemMounter(linux, node, store, remover, occupants);
    ContainerAttacher attacher = new ContainerAttacher(linux, node, occupants);
    if (action == Action.ATTACH) {
      new AttachRehearsal(linux, node, attacher).run();
    }
    counting = true;
    try (Requester requester = Requester.hold(linux, pid).orElseThrow()) {
      switch (action) {
        case MOUNT -> {
          try (Fd root = requester.root()) {
            mounter.mount(
                instance,
                root,
                ImageLayers.of(requester.mounts().root().orElseThrow()),
                Optional::empty);
          }
        }
        case RESTORE -> mounter.restore(restoring(instance), () -> {});
        case ATTACH -> {
          try (Fd rootfs = mounter.mounted(instance).orElseThrow()) {
            attacher
                .attach(requester, rootfs, UserNamespace.ofNode(node), image -> {}, true)
                .close();
          }
        }
        case REMOVE -> remover.remove(store.placeOf(instance));
        case SNAPSHOT ->
            snapshots(node, store, remover, mounter).take(instance, SNAPSHOT, SNAPSHOT, () -> {});
        case REMOVE_SNAPSHOT ->
            snapshots(node, store, remover, mounter)
                .remove(store.placeOf(instance), SNAPSHOT, SNAPSHOT);
      }
    }
  }

  /** The instance once the operator has ordered a restore of its snapshot that keeps a folder. */
  static Instance restoring(Instance instance) {
    return new Instance(
        instance.namespace(),
        instance.name(),
        instance.uid(),
        instance.storage(),
        instance.image(),
        null,
        new Instance.Source(
            SNAPSHOT,
            SNAPSHOT,
            new Instance.Restore("restore", SNAPSHOT, BEFORE, List.of("/kept", "/known"))));
  }

  private SnapshotFolders snapshots(
      Node node, FileSystemStore store, FileSystemRemover remover, FileSystemMounter mounter) {
    return new SnapshotFolders(
        linux, node, store, remover, mounter, new LayerCollector(store, remover));
  }
}
