package top.xtlsoft.stoppablecontainer.agent;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.api.AgentReason;

/** The last failure of each instance on this node, until something of it succeeds. */
public final class AgentFailures {

  private final Map<String, Failure> failures = new ConcurrentHashMap<>();

  /** Why, for programs and for people. */
  public record Failure(AgentReason reason, String message) {}

  /** What people read of a failure; the agent's log has all of it. */
  public static String textOf(Throwable failure) {
    return failure instanceof SyscallException refused
        ? refused.summary()
        : String.valueOf(failure.getMessage());
  }

  public void put(String instanceKey, AgentReason reason, String message) {
    failures.put(instanceKey, new Failure(reason, message));
  }

  public void clear(String instanceKey) {
    failures.remove(instanceKey);
  }

  public Optional<Failure> of(String instanceKey) {
    return Optional.ofNullable(failures.get(instanceKey));
  }
}
