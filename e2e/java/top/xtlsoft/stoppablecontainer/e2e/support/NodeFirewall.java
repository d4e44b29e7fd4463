package top.xtlsoft.stoppablecontainer.e2e.support;

import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Drops the packets of existing connections in the network namespace of the embedded node: to both
 * ends the other end seems silent. New connections work.
 */
public final class NodeFirewall implements AutoCloseable {

  /** State ESTABLISHED in /proc/net/tcp. */
  private static final String ESTABLISHED = "01";

  private final List<List<String>> rules = new ArrayList<>();

  private NodeFirewall() {}

  /** Cuts all connections of a process in both directions; close removes the rules. */
  public static NodeFirewall cut(long pid, String podIp) {
    NodeFirewall firewall = new NodeFirewall();
    List<String> ports = localPorts(pid);
    step("cut %d connections of %s without a word", ports.size(), podIp);
    for (String port : ports) {
      firewall.drop("-s", podIp, "--sport", port);
      firewall.drop("-d", podIp, "--dport", port);
    }
    return firewall;
  }

  private void drop(String side, String ip, String portSide, String port) {
    List<String> rule = List.of("PREROUTING", "-p", "tcp", side, ip, portSide, port, "-j", "DROP");
    iptables("-I", rule);
    rules.add(rule);
    // Packets of the node's own API server are not routed into the node.
    List<String> out = new ArrayList<>(rule);
    out.set(0, "OUTPUT");
    iptables("-I", out);
    rules.add(out);
  }

  private static List<String> localPorts(long pid) {
    return Stream.of("tcp", "tcp6")
        .flatMap(file -> lines(Path.of("/proc", Long.toString(pid), "net", file)))
        .map(line -> line.strip().split("\\s+"))
        .filter(fields -> fields[3].equals(ESTABLISHED))
        .map(fields -> fields[1].substring(fields[1].indexOf(':') + 1))
        .map(hex -> Integer.toString(Integer.parseInt(hex, 16)))
        .toList();
  }

  private static Stream<String> lines(Path file) {
    try {
      return Files.readAllLines(file).stream().skip(1);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  private static void iptables(String action, List<String> rule) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "nsenter",
                "--net=" + ClusterEnv.get().nodeRoot().resolveSibling("ns/net"),
                "iptables",
                "-w",
                "-t",
                "raw",
                action));
    command.addAll(rule);
    Command.run(command, "", Timeouts.COMMAND).ok();
  }

  @Override
  public void close() {
    rules.forEach(rule -> iptables("-D", rule));
  }
}
