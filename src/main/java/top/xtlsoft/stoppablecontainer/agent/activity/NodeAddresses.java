package top.xtlsoft.stoppablecontainer.agent.activity;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jnr.constants.platform.Errno;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;

/**
 * The addresses of the node in its own network namespace, one of which kubelet's probes come from:
 * fib_trie of proc(5), and if_inet6 as the kernel's net/ipv6/addrconf.c writes it.
 */
final class NodeAddresses {

  /** A node with more routes has addresses that are not known, and then its probes are use. */
  private static final int MOST_BYTES = 1 << 20;

  private static final Pattern LOCAL =
      Pattern.compile("\\|-- (\\d+)\\.(\\d+)\\.(\\d+)\\.(\\d+)\\s+/32 host LOCAL");

  private static final Pattern IPV6 = Pattern.compile("(?m)^([0-9a-f]{32}) ");

  private final LinuxSyscalls linux;

  NodeAddresses(LinuxSyscalls linux) {
    this.linux = linux;
  }

  /** The addresses as they are now. */
  Set<InetAddress> ofNode() {
    return parse(read("/proc/1/net/fib_trie"), read("/proc/1/net/if_inet6"));
  }

  static Set<InetAddress> parse(String trie, String inet6) {
    Set<InetAddress> found = new HashSet<>();
    Matcher local = LOCAL.matcher(trie);
    while (local.find()) {
      byte[] bytes = new byte[4];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) Integer.parseInt(local.group(i + 1));
      }
      found.add(address(bytes));
    }
    Matcher line = IPV6.matcher(inet6);
    while (line.find()) {
      found.add(address(HexFormat.of().parseHex(line.group(1))));
    }
    return found;
  }

  private static InetAddress address(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** A node without IPv6 has no such file. */
  private String read(String file) {
    try (Fd fd = linux.openat(Fd.CWD, file, Linux.O_RDONLY, 0)) {
      return new String(linux.read(fd, MOST_BYTES), ISO_8859_1);
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT)) {
        return "";
      }
      throw e;
    }
  }
}
