package top.xtlsoft.stoppablecontainer.agent.activity;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.fabric8.kubernetes.api.model.Pod;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.NamespaceThread;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.agent.process.ContainerProcess;
import top.xtlsoft.stoppablecontainer.agent.process.ContainerProcesses;
import top.xtlsoft.stoppablecontainer.agent.request.PodFolders;
import top.xtlsoft.stoppablecontainer.api.IdleOrder;

/** Looks at running containers, all in one go, and finds what uses each. */
public final class ContainerLook {

  /** A container with more of them counts as in use. */
  private static final int MOST_PROCESSES = 512;

  /** A pod with more of them counts as in use. */
  private static final int MOST_CONNECTIONS = 512;

  /** The kernel keeps the times of a terminal to eight seconds. */
  private static final Duration TERMINAL_TIMES = Duration.ofSeconds(10);

  private static final int MOST_UPTIME_BYTES = 64;
  private static final int TICKS_A_SECOND = 100;

  private final LinuxSyscalls linux;
  private final PodFolders folders;
  private final ContainerProcesses processes;
  private final Sessions sessions;
  private final SocketDiagnosis sockets;
  private final NodeAddresses addresses;
  private final NamespaceThread networkThread;

  /** What is known of one container from the looks before. */
  static final class Memory {
    private final ProcessorTime processorTime = new ProcessorTime();
    private final Connections connections = new Connections();
  }

  /**
   * A container to look at.
   *
   * @param pod its pod
   * @param containerId the runtime's id
   * @param order what the operator wants to know
   * @param interval time since the last look
   * @param memory of the looks before
   */
  record Target(Pod pod, String containerId, IdleOrder order, Duration interval, Memory memory) {}

  /**
   * What a look at one container has found.
   *
   * @param busy what uses it; empty for nothing
   * @param isSure whether nothing may turn out to be use at the next look
   * @param leaseProblem why its lease file is ignored; empty if it is not
   * @param isRunning whether it has a process
   */
  record Found(
      List<String> busy, boolean isSure, Optional<String> leaseProblem, boolean isRunning) {}

  public ContainerLook(LinuxSyscalls linux, PodFolders folders) {
    this.linux = linux;
    this.folders = folders;
    this.processes = new ContainerProcesses(linux);
    this.sessions = new Sessions(linux);
    this.sockets = new SocketDiagnosis(linux);
    this.addresses = new NodeAddresses(linux);
    this.networkThread = new NamespaceThread(linux);
  }

  /** Looks at these containers; what is found has the places of the targets. */
  List<Found> look(List<Target> targets, Instant now) {
    Map<String, String> wanted = new HashMap<>();
    targets.forEach(
        target -> wanted.put(target.containerId(), target.pod().getMetadata().getUid()));
    Map<String, List<ContainerProcess>> all = processes.of(wanted, MOST_PROCESSES + 1);
    long nowTicks = uptimeTicks();
    Set<InetAddress> node = addresses.ofNode();
    List<Found> found = new ArrayList<>();
    // The network namespaces are entered one after the other, by a thread that does no more.
    networkThread.call(
        "activity",
        () -> {
          for (Target target : targets) {
            found.add(
                look(
                    target,
                    all.getOrDefault(target.containerId(), List.of()),
                    nowTicks,
                    now,
                    node));
          }
          return null;
        });
    return found;
  }

  private Found look(
      Target target,
      List<ContainerProcess> its,
      long nowTicks,
      Instant now,
      Set<InetAddress> node) {
    Optional<ContainerProcess> program = Sessions.program(its);
    if (program.isEmpty()) {
      return new Found(List.of(), false, Optional.empty(), false);
    }
    List<String> busy = new ArrayList<>();
    boolean isSure = true;
    LeaseFile.Lease lease = LeaseFile.Lease.NONE;
    try {
      Duration silence = target.order().connectionTime();
      isSure = addSessions(busy, target, its, nowTicks, now, silence);
      isSure &= addConnections(busy, target, program.get().pid(), now, silence, node);
      if (target.memory().processorTime.isAboveFloor(its, nowTicks)) {
        busy.add("processor time");
      }
      lease = lease(target.pod());
    } catch (SyscallException e) {
      busy.add("it can't be looked at: " + e.getMessage());
    } catch (IllegalStateException e) {
      busy.add("its connections can't be read: " + e.getMessage());
    }
    lease.until().filter(now::isBefore).ifPresent(until -> busy.add(LeaseFile.NAME + " " + until));
    target
        .order()
        .awakeUntil()
        .filter(now::isBefore)
        .ifPresent(until -> busy.add("kept awake until " + until));
    return new Found(List.copyOf(busy), isSure, lease.problem(), true);
  }

  private boolean addSessions(
      List<String> busy,
      Target target,
      List<ContainerProcess> its,
      long nowTicks,
      Instant now,
      Duration silence) {
    if (its.size() > MOST_PROCESSES) {
      busy.add("more than " + MOST_PROCESSES + " processes");
      return true;
    }
    Duration shown = target.interval().plus(TERMINAL_TIMES);
    Instant since = now.minus(silence.compareTo(shown) > 0 ? silence : shown);
    Sessions.Seen seen = sessions.look(its, nowTicks, since);
    if (seen.inUse() > 0) {
      busy.add(count(seen.inUse(), "exec session"));
    }
    if (seen.isTyped()) {
      busy.add("input on its terminal");
    }
    return !seen.isNew();
  }

  private boolean addConnections(
      List<String> busy,
      Target target,
      int pid,
      Instant now,
      Duration silence,
      Set<InetAddress> node) {
    try (Fd network = linux.openat(Fd.CWD, "/proc/" + pid + "/ns/net", Linux.O_RDONLY, 0)) {
      if (linux.stat(network).sameFile(linux.stat(Fd.CWD, "/proc/1/ns/net"))) {
        // With hostNetwork: the node's connections are not the pod's.
        return true;
      }
      linux.setnsNetwork(network);
      List<SocketDiagnosis.Connection> connections = sockets.connections(MOST_CONNECTIONS + 1);
      if (connections.size() > MOST_CONNECTIONS) {
        busy.add("more than " + MOST_CONNECTIONS + " connections");
        return true;
      }
      Connections.Seen seen = target.memory().connections.look(connections, now, silence, node);
      if (seen.inUse() > 0) {
        busy.add(count(seen.inUse(), "connection"));
      }
      return !seen.isNew();
    }
  }

  private LeaseFile.Lease lease(Pod pod) {
    try (Fd folder = folders.openRequest(pod).orElse(null)) {
      return folder == null ? LeaseFile.Lease.NONE : LeaseFile.read(linux, folder);
    }
  }

  private long uptimeTicks() {
    try (Fd file = linux.openat(Fd.CWD, "/proc/uptime", Linux.O_RDONLY, 0)) {
      String seconds = new String(linux.read(file, MOST_UPTIME_BYTES), ISO_8859_1).split(" ")[0];
      return Math.round(Double.parseDouble(seconds) * TICKS_A_SECOND);
    }
  }

  private static String count(int number, String what) {
    return number + " " + what + (number == 1 ? "" : "s");
  }
}
