package top.xtlsoft.stoppablecontainer.agent.activity;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NodeAddressesTest {

  private static final String TRIE =
      """
      Main:
        +-- 0.0.0.0/0 3 0 5
           |-- 0.0.0.0
              /0 universe UNICAST
           +-- 10.1.0.0/24 2 0 2
              |-- 10.1.0.0
                 /24 link UNICAST
              |-- 10.1.0.1
                 /32 host LOCAL
              |-- 10.1.0.255
                 /32 link BROADCAST
           +-- 127.0.0.0/8 2 0 2
              |-- 127.0.0.0
                 /8 host LOCAL
              |-- 192.168.3.200
                 /32 host LOCAL
      """;

  private static final String INET6 =
      """
      00000000000000000000000000000001 01 80 10 80       lo
      20010db8000000000000000000000001 02 40 00 80     eth0
      """;

  @Test
  void readsTheAddressesThatAreTheNodesOwn() {
    assertEquals(
        Set.of(
            InetAddress.ofLiteral("10.1.0.1"),
            InetAddress.ofLiteral("192.168.3.200"),
            InetAddress.ofLiteral("::1"),
            InetAddress.ofLiteral("2001:db8::1")),
        NodeAddresses.parse(TRIE, INET6));
  }

  @Test
  void aNodeWithoutAFileHasNone() {
    assertEquals(Set.of(), NodeAddresses.parse("", ""));
  }
}
