package top.xtlsoft.stoppablecontainer.agent;

import java.util.Map;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;

/** Ready while the mount namespace that the agent mounts in is the node's. */
public final class NodeHealthCheck extends AbstractHealthCheck {

  private final LinuxSyscalls linux;
  private final Node node;
  private final String namespace;

  public NodeHealthCheck(LinuxSyscalls linux, Node node) {
    this(linux, node, "/proc/1/ns/mnt");
  }

  NodeHealthCheck(LinuxSyscalls linux, Node node, String namespace) {
    super("stoppablecontainer", "node");
    this.linux = linux;
    this.node = node;
    this.namespace = namespace;
  }

  @Override
  public boolean isLiveness() {
    return false;
  }

  @Override
  protected void doCall(HealthCheckResultBuilder builder, Map<String, Object> options) {
    try (Fd now = linux.openat(Fd.CWD, namespace, Linux.O_RDONLY, 0)) {
      if (linux.stat(now).sameFile(linux.stat(node.mountNamespace()))) {
        builder.up();
      } else {
        builder.message("the node's PID 1 has another mount namespace than at the start").down();
      }
    } catch (SyscallException e) {
      builder.message("can't reach the node's mount namespace: " + e.getMessage()).down();
    }
  }
}
