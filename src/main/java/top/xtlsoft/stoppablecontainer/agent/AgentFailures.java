package top.xtlsoft.stoppablecontainer.agent;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.api.AgentReason;

/** The last failure of each instance on this node, until what failed succeeds. */
public final class AgentFailures {

  private final Map<String, Map<Source, Failure>> failures = new ConcurrentHashMap<>();

  /** What failed. The first one that has a failure is reported. */
  public enum Source {
    /** What a pod asked for. */
    REQUEST,
    /** A stop that waits for processes. */
    STOP,
    /** A job that no pod waits for. */
    JOB
  }

  /** Why, for programs and for people. */
  public record Failure(AgentReason reason, String message) {}

  /** What people read of a failure; the agent's log has all of it. */
  public static String textOf(Throwable failure) {
    return failure instanceof SyscallException refused
        ? refused.summary()
        : String.valueOf(failure.getMessage());
  }

  public void put(String instanceKey, Source source, AgentReason reason, String message) {
    failures.compute(
        instanceKey,
        (key, all) -> {
          Map<Source, Failure> more =
              all == null ? new EnumMap<>(Source.class) : new EnumMap<>(all);
          more.put(source, new Failure(reason, message));
          return more;
        });
  }

  /** Notes that a source has succeeded. */
  public void clear(String instanceKey, Source source) {
    failures.computeIfPresent(
        instanceKey,
        (key, all) -> {
          Map<Source, Failure> rest = new EnumMap<>(all);
          rest.remove(source);
          return rest.isEmpty() ? null : rest;
        });
  }

  /** Forgets an instance that is gone. */
  public void forget(String instanceKey) {
    failures.remove(instanceKey);
  }

  public Optional<Failure> of(String instanceKey) {
    return all(instanceKey).values().stream().findFirst();
  }

  /** Whether that source has a failure. */
  public boolean has(String instanceKey, Source source) {
    return all(instanceKey).containsKey(source);
  }

  private Map<Source, Failure> all(String instanceKey) {
    return failures.getOrDefault(instanceKey, Map.of());
  }
}
