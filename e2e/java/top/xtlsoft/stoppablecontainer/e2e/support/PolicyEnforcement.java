package top.xtlsoft.stoppablecontainer.e2e.support;

import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Enforces network policies, which the embedded cluster's network plugin does not: {@code
 * e2e/network-policies} turns them into rules in the node's network namespace.
 */
public final class PolicyEnforcement implements AutoCloseable {

  private final Process process;

  private PolicyEnforcement(Process process) {
    this.process = process;
  }

  /** Starts the enforcement. Tests see its effect in dropped packets. */
  public static PolicyEnforcement start(String node) {
    String program =
        Command.run(List.of("e2e/network-policies/build"), "", Timeouts.BUILD).ok().strip();
    step("enforce network policies on %s", node);
    List<String> command =
        List.of(
            "nsenter",
            // With the node's files, for the lock that it shares with kube-proxy.
            "--mount=" + ClusterEnv.get().nodeRoot().resolveSibling("ns/mnt"),
            "--net=" + ClusterEnv.get().nodeRoot().resolveSibling("ns/net"),
            program,
            System.getenv("KUBECONFIG"),
            node);
    try {
      return new PolicyEnforcement(
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(new File("target", "network-policies.log"))
              .start());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot run " + command, e);
    }
  }

  /** Ends the enforcement, and waits until its rules are gone. */
  @Override
  public void close() {
    step("enforce them no more");
    process.destroy();
    try {
      if (!process.waitFor(Timeouts.COMMAND.toMillis(), TimeUnit.MILLISECONDS)
          || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new AssertionError(
            "the rules of network policies may be left: see target/network-policies.log");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
