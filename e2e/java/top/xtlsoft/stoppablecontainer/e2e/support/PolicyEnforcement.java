package top.xtlsoft.stoppablecontainer.e2e.support;

import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A network plugin's part that the embedded cluster lacks: {@code e2e/network-policies}, which
 * turns the network policies of the cluster into rules in the node's network namespace.
 */
public final class PolicyEnforcement implements AutoCloseable {

  private final Process process;

  private PolicyEnforcement(Process process) {
    this.process = process;
  }

  /** Begins; what it does is seen by what it drops. */
  public static PolicyEnforcement start(String node) {
    String program =
        Command.run(List.of("e2e/network-policies/build"), "", Timeouts.BUILD).ok().strip();
    step("enforce network policies on %s", node);
    List<String> command =
        List.of(
            "nsenter",
            // With the node's files, for the lock that kube-proxy takes as well.
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

  /** Ends it, and waits until its rules are gone. */
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
