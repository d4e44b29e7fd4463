package top.xtlsoft.stoppablecontainer.agent.cri;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.Map;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;

/**
 * Ready while the container runtime listens at its socket: elsewhere than where it is looked for,
 * images can't be asked for their commands. It is not asked anything.
 */
public final class RuntimeHealthCheck extends AbstractHealthCheck {

  private final String socket;

  /**
   * @param socket path of the socket, as the agent reaches it
   */
  public RuntimeHealthCheck(String socket) {
    super("stoppablecontainer", "runtime");
    this.socket = socket;
  }

  @Override
  public boolean isLiveness() {
    return false;
  }

  @Override
  protected void doCall(HealthCheckResultBuilder builder, Map<String, Object> options) {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      builder.up();
    } catch (IOException e) {
      builder.message("no answer at " + socket + ": " + e.getMessage()).down();
    }
  }
}
