package top.xtlsoft.stoppablecontainer.agent.instance;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.apache.camel.Header;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.filesystem.UpperCounter;
import top.xtlsoft.stoppablecontainer.agent.filesystem.UpperUsage;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentInstances;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.camel.ScHeaders;

/**
 * Counts how much each instance has written: when it is stopped, and every hour while it runs. A
 * count rests for twenty times as long as it took, so that an instance with many files takes a
 * twentieth of the one worker at most.
 */
public final class InstanceSizer {

  private static final Logger LOG = LoggerFactory.getLogger(InstanceSizer.class);

  /** The kernel reports no growth of a folder. */
  static final Duration WHILE_RUNNING = Duration.ofHours(1);

  /** A start needs the disk itself. */
  static final Duration AFTER_START = Duration.ofMinutes(1);

  /** Longest time that a stop waits for its count. */
  private static final Duration AT_STOP = Duration.ofMillis(50);

  /** Rest after a count, in multiples of what it took. */
  private static final int REST = 20;

  private final LinuxSyscalls linux;
  private final AgentInstances instances;
  private final FileSystemStore store;
  private final UpperCounter counter;
  private final LongSupplier nanoTime;
  private final Map<String, Sized> sized = new HashMap<>();

  /**
   * What one step of the route came to.
   *
   * @param again when to look again; null for not before the instance changes
   * @param news whether there is a size to report
   */
  public record Check(@Nullable Duration again, boolean news) {}

  /** What is known of one instance. */
  private static final class Sized {
    private final String uid;
    private boolean stopped;
    private boolean running;
    private boolean counted;
    private long since;
    private long took;
    private Optional<UpperUsage> usage = Optional.empty();

    private Sized(String uid, long now) {
      this.uid = uid;
      this.since = now;
    }
  }

  public InstanceSizer(LinuxSyscalls linux, AgentInstances instances, FileSystemStore store) {
    this(linux, instances, store, System::nanoTime);
  }

  InstanceSizer(
      LinuxSyscalls linux, AgentInstances instances, FileSystemStore store, LongSupplier nanoTime) {
    this.linux = linux;
    this.instances = instances;
    this.store = store;
    this.counter = new UpperCounter(linux, store);
    this.nanoTime = nanoTime;
  }

  /**
   * Counts an instance if it is time to.
   *
   * @throws NotYetException when another job works on the instance, or waits for it
   */
  public Check measure(@Header(ScHeaders.KEY) String key) {
    Optional<StoppableContainerInstance> cached = instances.cached(key);
    if (cached.isEmpty()) {
      remove(key);
      return new Check(null, false);
    }
    Instance instance = Instance.of(cached.get());
    boolean running = cached.get().getSpec().running();
    Optional<Duration> wait = waits(instance, running);
    if (wait.isEmpty()) {
      return new Check(null, false);
    }
    if (wait.get().isPositive()) {
      return new Check(wait.get(), false);
    }
    // The worker has no other work.
    linux.niceThread();
    count(instance);
    return new Check(running ? waits(instance, true).orElse(null) : null, !running);
  }

  /** Time until the next count; empty when there is none to come. */
  private synchronized Optional<Duration> waits(Instance instance, boolean running) {
    long now = nanoTime.getAsLong();
    Sized its = of(instance);
    if (running && !its.running) {
      its.stopped = false;
      its.since = now;
    }
    its.running = running;
    if (!running && !its.stopped) {
      return Optional.empty();
    }
    long wait = 0;
    if (running) {
      wait = (its.counted ? WHILE_RUNNING : AFTER_START).toNanos();
    }
    return Optional.of(Duration.ofNanos(Math.max(wait, REST * its.took) - (now - its.since)));
  }

  private void count(Instance instance) {
    Sized its = begin(instance);
    long began = nanoTime.getAsLong();
    Optional<UpperUsage> usage = Optional.empty();
    try {
      usage = counter.count(store.placeOf(instance));
    } catch (NotYetException e) {
      giveUp(its);
      throw e;
    } catch (SyscallException e) {
      // The container meets the disk's failure itself; the agent only lacks a number.
      LOG.info("Files not counted: instance={} error={}", instance, e.getMessage());
    }
    end(its, began, usage);
  }

  /**
   * Counts an instance that is stopped: now where that is quick, so that one report says all, else
   * when the route comes to it.
   */
  void stopped(Instance instance) {
    Sized its = stop(instance);
    if (its.took > AT_STOP.toNanos()) {
      return;
    }
    long began = nanoTime.getAsLong();
    try {
      Optional<UpperUsage> usage =
          counter.count(
              store.placeOf(instance), () -> nanoTime.getAsLong() - began >= AT_STOP.toNanos());
      if (usage.isPresent()) {
        begin(instance);
        end(its, began, usage);
      }
    } catch (NotYetException | SyscallException e) {
      LOG.debug("Files not counted at once: instance={} error={}", instance, e.getMessage());
    }
  }

  /** What was counted last, since this agent runs. */
  public synchronized Optional<UpperUsage> usage(Instance instance) {
    return Optional.ofNullable(sized.get(instance.key()))
        .filter(its -> its.uid.equals(instance.uid()))
        .flatMap(its -> its.usage);
  }

  /** Forgets an instance that is gone. */
  synchronized void forget(Instance instance) {
    Sized its = sized.get(instance.key());
    if (its != null && its.uid.equals(instance.uid())) {
      sized.remove(instance.key());
    }
  }

  private synchronized void remove(String key) {
    sized.remove(key);
  }

  private synchronized Sized stop(Instance instance) {
    Sized its = of(instance);
    its.stopped = true;
    its.running = false;
    return its;
  }

  private synchronized Sized begin(Instance instance) {
    Sized its = of(instance);
    its.stopped = false;
    return its;
  }

  private synchronized void giveUp(Sized its) {
    its.stopped = !its.running;
  }

  private synchronized void end(Sized its, long began, Optional<UpperUsage> usage) {
    its.usage = usage;
    its.since = nanoTime.getAsLong();
    its.took = its.since - began;
    its.counted = true;
  }

  /** A new instance of the same name has nothing of the one before. */
  private Sized of(Instance instance) {
    Sized its = sized.get(instance.key());
    if (its == null || !its.uid.equals(instance.uid())) {
      its = new Sized(instance.uid(), nanoTime.getAsLong());
      sized.put(instance.key(), its);
    }
    return its;
  }
}
