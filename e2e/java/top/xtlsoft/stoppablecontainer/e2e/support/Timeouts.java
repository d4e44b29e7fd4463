package top.xtlsoft.stoppablecontainer.e2e.support;

import java.time.Duration;

/**
 * The longest that each kind of change may take before its test fails. Generous: a healthy cluster
 * is done in a tenth of it. {@code E2E_TIMEOUT_FACTOR} stretches all of them on a slow machine.
 */
public final class Timeouts {

  private static final double FACTOR =
      Double.parseDouble(System.getenv().getOrDefault("E2E_TIMEOUT_FACTOR", "1"));

  /** From a container that is wanted to one that runs. */
  public static final Duration RUNNING = of(60);

  /** From a container that is not wanted to one whose writes are on disk. */
  public static final Duration STOPPED = of(45);

  /** From a delete to the last of it gone. */
  public static final Duration GONE = of(60);

  /** From a mistake to the condition that tells of it. */
  public static final Duration CONDITION = of(60);

  /** Of an agent that is not there: the operator's own wait (15 s) and what leads to it. */
  public static final Duration AGENT_NOT_RESPONDING = of(60);

  /** For a pod of Kubernetes' own making: the deployment's, a plain one, a restarted one. */
  public static final Duration POD = of(90);

  /** For an event to be listed. */
  public static final Duration EVENT = of(20);

  /** For the API server, and kubelet behind it, to take a request. */
  public static final Duration REQUEST = of(10);

  /** For a command in a pod, or one kubectl. */
  public static final Duration COMMAND = of(60);

  /** For a command of the kubectl plugin, which waits for several changes itself. */
  public static final Duration PLUGIN = of(150);

  /** For targets of make, which may build both images. */
  public static final Duration MAKE = of(600);

  /** For a program of the tests to be compiled, whose modules may have to be fetched. */
  public static final Duration BUILD = of(400);

  /** For the node to boot, its API server to answer and its pods to come back. */
  public static final Duration BOOT = of(180);

  /** From the loss of the leading operator to another one that leads: its lease, and some. */
  public static final Duration LEADER = of(45);

  /** For a thousand resources to be looked at. */
  public static final Duration MANY = of(300);

  /** From the last of many faults at once to everything as it is wanted. */
  public static final Duration RECOVERED = of(60);

  /** From a fault of the cluster's own parts to a plain pod that runs. */
  public static final Duration CLUSTER_BACK = of(180);

  /** For all test namespaces to be gone at the end of the run. */
  public static final Duration CLEANUP = of(120);

  private Timeouts() {}

  private static Duration of(int seconds) {
    return Duration.ofMillis((long) (seconds * 1000 * FACTOR));
  }
}
