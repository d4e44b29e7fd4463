package top.xtlsoft.stoppablecontainer.e2e.support;

import java.time.Duration;

/**
 * The time limit of each kind of change. A healthy cluster needs a tenth of it. {@code
 * E2E_TIMEOUT_FACTOR} multiplies all limits for a slow machine.
 */
public final class Timeouts {

  private static final double FACTOR =
      Double.parseDouble(System.getenv().getOrDefault("E2E_TIMEOUT_FACTOR", "1"));

  /** From {@code running: true} to a running container. */
  public static final Duration RUNNING = of(60);

  /** From {@code running: false} until all writes are on disk. */
  public static final Duration STOPPED = of(45);

  /** From a delete until everything is gone. */
  public static final Duration GONE = of(60);

  /** From a mistake to its condition. */
  public static final Duration CONDITION = of(60);

  /** Until a missing agent is reported: the operator waits 15 s. */
  public static final Duration AGENT_NOT_RESPONDING = of(60);

  /** For a pod without this project: a deployment's, a plain one, a restarted one. */
  public static final Duration POD = of(90);

  /**
   * Until Kubernetes' garbage collector has taken a pod from a node that there is not: it looks
   * each 20 s, and once more after 40 s.
   */
  public static final Duration COLLECTED = of(150);

  /** From now to a time of a schedule two minutes later, and until the container follows it. */
  public static final Duration SCHEDULE = of(180);

  /** For an event to be listed. */
  public static final Duration EVENT = of(20);

  /** For the API server, and kubelet behind it, to take a request. */
  public static final Duration REQUEST = of(10);

  /** For a command in a pod, or one kubectl. */
  public static final Duration COMMAND = of(60);

  /** For a command of the kubectl plugin, which can wait for several changes. */
  public static final Duration PLUGIN = of(150);

  /** For targets of make, which can build both images. */
  public static final Duration MAKE = of(600);

  /** To compile a program of the tests and to download its modules. */
  public static final Duration BUILD = of(400);

  /** For the node to boot, its API server to answer and its pods to come back. */
  public static final Duration BOOT = of(180);

  /** From the loss of the leader to a new leader: the lease plus a margin. */
  public static final Duration LEADER = of(45);

  /** For passes over a thousand resources. */
  public static final Duration MANY = of(300);

  /** From the last of many simultaneous faults to the wanted state. */
  public static final Duration RECOVERED = of(60);

  /** From a fault of the cluster's own parts to a running plain pod. */
  public static final Duration CLUSTER_BACK = of(180);

  /** For all test namespaces to be gone at the end of the run. */
  public static final Duration CLEANUP = of(120);

  private Timeouts() {}

  private static Duration of(int seconds) {
    return Duration.ofMillis((long) (seconds * 1000 * FACTOR));
  }
}
