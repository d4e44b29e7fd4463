package top.xtlsoft.stoppablecontainer.agent;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The last failure of each instance on this node, until something of it succeeds. */
public final class AgentFailures {

  private final Map<String, Failure> failures = new ConcurrentHashMap<>();

  /** Why, for programs and for people. */
  public record Failure(AgentReason reason, String message) {}

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
