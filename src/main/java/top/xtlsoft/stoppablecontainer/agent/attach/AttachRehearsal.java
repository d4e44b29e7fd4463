package top.xtlsoft.stoppablecontainer.agent.attach;

import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_DIRECTORY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_PATH;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_RDONLY;

import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Names;
import top.xtlsoft.stoppablecontainer.agent.linux.NamespaceThread;
import top.xtlsoft.stoppablecontainer.agent.process.Requester;
import top.xtlsoft.stoppablecontainer.agent.process.UserNamespace;
import top.xtlsoft.stoppablecontainer.api.ApiNames;

/**
 * Runs an attach in a mount namespace that is thrown away, when the agent starts. All classes it
 * takes are loaded by then: none is looked up while a thread is in a container's mount namespace,
 * and no container waits for it.
 */
public final class AttachRehearsal {

  private static final Logger LOG = LoggerFactory.getLogger(AttachRehearsal.class);

  /** Enough for the JVM to have seen each step more than once; some milliseconds each. */
  private static final int TIMES = 5;

  /** There on every machine; covered in the namespace that is thrown away only. */
  private static final String STAGE = "/tmp";

  private static final String CHILD = "/proc";
  private static final String CHILD_NAME = Names.beneathRoot(CHILD);
  private static final String REQUEST_NAME = Names.beneathRoot(ApiNames.MOUNT_REQUEST);

  private final LinuxSyscalls linux;
  private final Node node;
  private final ContainerAttacher attacher;

  public AttachRehearsal(LinuxSyscalls linux, Node node, ContainerAttacher attacher) {
    this.linux = linux;
    this.node = node;
    this.attacher = attacher;
  }

  /** Runs an attach, so that the JVM has loaded all of it; a failure is only logged. */
  public void run() {
    long start = System.nanoTime();
    try {
      for (int i = 0; i < TIMES; i++) {
        once();
      }
      LOG.debug("Attach rehearsed: ms={}", Duration.ofNanos(System.nanoTime() - start).toMillis());
    } catch (RuntimeException | LinkageError e) {
      LOG.warn("Attach not rehearsed, the first one is slow", e);
    }
  }

  private void once() {
    try (Requester self = Requester.hold(linux, (int) ProcessHandle.current().pid()).orElseThrow();
        Fd namespace = new NamespaceThread(linux).call("stage", this::makeContainer)) {
      AttachPlan.of(self.mounts(), self.workingDirectory(), true);
      self.belongsTo("rehearsal");
      UserNamespace users = UserNamespace.ofNode(node);
      users.requireOwnerOf(linux, namespace);
      attacher
          .enter(
              self,
              node.root(),
              users,
              namespace,
              new AttachPlan(List.of(CHILD), 0),
              root -> {},
              oldRoot -> {})
          .close();
    }
  }

  /** A mount namespace whose root is an empty tmpfs with what an attach looks for. */
  private Fd makeContainer() {
    linux.unshareMountNamespace();
    try (Fd root = linux.openat(Fd.CWD, "/", O_PATH | O_DIRECTORY, 0)) {
      linux.mountSetattr(root, true, 0, Linux.MS_PRIVATE);
    }
    Fd namespace = linux.openat(Fd.CWD, "/proc/thread-self/ns/mnt", O_RDONLY, 0);
    linux.mount("rehearsal", STAGE, "tmpfs", 0, "size=64k,mode=700");
    try (Fd stage = linux.openat(Fd.CWD, STAGE, O_PATH | O_DIRECTORY, 0)) {
      linux.mkdirat(stage, REQUEST_NAME, 0700);
      linux.mkdirat(stage, CHILD_NAME, 0700);
      linux.fchdir(stage);
      linux.mount("rehearsal", CHILD_NAME, "tmpfs", 0, "size=64k,mode=700");
      linux.pivotRootHere();
      linux.umount(".", Linux.MNT_DETACH);
    }
    return namespace;
  }
}
