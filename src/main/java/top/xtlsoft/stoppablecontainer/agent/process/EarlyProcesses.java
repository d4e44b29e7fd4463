package top.xtlsoft.stoppablecontainer.agent.process;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.Header;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.camel.ScHeaders;

/**
 * Ends what was started in a container before its attach (an early {@code kubectl exec}, a probe)
 * and was left behind by it: pivot_root moves only a process whose root and working directory are
 * the old root itself. Such a process would go on to read an image and to write where nothing is
 * kept.
 */
public final class EarlyProcesses {

  private static final Logger LOG = LoggerFactory.getLogger(EarlyProcesses.class);

  private final LinuxSyscalls linux;
  private final Map<String, LeftRoot> left = new ConcurrentHashMap<>();

  public EarlyProcesses(LinuxSyscalls linux) {
    this.linux = linux;
  }

  /**
   * The root that a container has left, to be {@link #note noted} while its first process waits.
   *
   * @param podKey {@code namespace/name} of its pod
   * @param oldRoot is closed here
   * @return empty when the container is not known
   */
  public Optional<LeftRoot> left(
      String podKey, String podUid, Requester requester, OldRoot oldRoot) {
    Optional<String> container = requester.containerId();
    if (container.isEmpty()) {
      LOG.warn(
          "Container of process not known, its early processes live on: pid={}", requester.pid());
      oldRoot.close();
    }
    return container.map(
        id -> new LeftRoot(podKey, oldRoot, podUid, id, requester.pid(), requester.program()));
  }

  /** Notes which root a container has left. */
  public void note(LeftRoot now) {
    LeftRoot before = left.put(now.podKey(), now);
    if (before != null) {
      before.oldRoot().close();
    }
  }

  /**
   * Done when no process of the container uses the root that it has left.
   *
   * @return that root, until it is {@link #forget forgotten}; null if none was left
   * @throws NotYetException while one ends, which may have started another meanwhile, and while a
   *     runtime is about to start a program there
   */
  public @Nullable LeftRoot end(@Header(ScHeaders.KEY) String podKey) {
    LeftRoot container = left.get(podKey);
    if (container != null && endOnce(container)) {
      throw NotYetException.untilRetry("processes of the first root are ending");
    }
    return container;
  }

  /** Lets go of a root that a container has left. */
  public void forget(LeftRoot container) {
    if (left.remove(container.podKey(), container)) {
      container.oldRoot().close();
    }
  }

  /** Whether there was one to end. */
  private boolean endOnce(LeftRoot container) {
    boolean ended = false;
    for (int pid : ProcFolder.processes()) {
      if (pid != container.firstProcess() && isOfContainer(pid, container)) {
        try (Requester process = Requester.hold(linux, pid).orElse(null)) {
          ended |= process != null && endIfLeft(process, container);
        }
      }
    }
    return ended;
  }

  private boolean isOfContainer(int pid, LeftRoot container) {
    return ProcFolder.cgroup(linux, pid)
        .filter(cgroup -> cgroup.isOf(container.podUid(), container.containerId()))
        .isPresent();
  }

  private boolean endIfLeft(Requester process, LeftRoot container) {
    try {
      if (!process.isIn(container.podUid(), container.containerId())
          || !process.uses(container.oldRoot())
          || isScExec(process, container)) {
        return false;
      }
      if (isBeingStarted(process, container)) {
        throw NotYetException.untilRetry("the runtime starts a process");
      }
    } catch (NotYetException e) {
      if (process.isAlive()) {
        throw e;
      }
      return false;
    }
    process.kill();
    LOG.info(
        "Process of the container's first root ended: pid={}, container={}",
        process.pid(),
        container.containerId());
    return true;
  }

  private static boolean isScExec(Requester process, LeftRoot container) {
    return container
        .scExec()
        .filter(program -> process.program().filter(program::sameFile).isPresent())
        .isPresent();
  }

  /**
   * Whether it is still the container runtime's own code: forked by a process outside, it has not
   * become the program that was asked for. What it becomes may be sc-exec.
   */
  private boolean isBeingStarted(Requester process, LeftRoot container) {
    return process.parentOfFork().stream().anyMatch(parent -> !isOfContainer(parent, container));
  }
}
