package top.xtlsoft.stoppablecontainer.agent.filesystem;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;

/**
 * Knows how much each instance has written: counted when it is stopped, and of one that runs every
 * hour. One thread counts, one instance after the other, when the node has nothing better to do;
 * whoever has much to count is counted so rarely that it takes a twentieth of that thread at most.
 */
public final class UpperMeter implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(UpperMeter.class);

  /** Nothing tells when a file system grows. */
  private static final Duration WHILE_RUNNING = Duration.ofHours(1);

  /** A start has better things to do. */
  private static final Duration AFTER_START = Duration.ofMinutes(1);

  /** Rest after a count, in multiples of what it took. */
  private static final int REST = 20;

  private final UpperCounter counter;
  private final FileSystemStore store;
  private final ScheduledExecutorService executor;
  private final Map<String, Known> known = new HashMap<>();

  private static final class Known {
    private boolean follows;
    private long tookNanos;
    private long endedNanos;
    private Optional<UpperUsage> usage = Optional.empty();
    private @Nullable ScheduledFuture<?> next;
    private CompletableFuture<Void> wanted = CompletableFuture.completedFuture(null);

    private long restNanos() {
      return Math.max(0, REST * tookNanos - (System.nanoTime() - endedNanos));
    }
  }

  public UpperMeter(LinuxSyscalls linux, FileSystemStore store) {
    counter = new UpperCounter(linux, store, UpperCounter.MAX_INODES);
    this.store = store;
    ScheduledThreadPoolExecutor one =
        new ScheduledThreadPoolExecutor(
            1,
            work ->
                Thread.ofPlatform()
                    .name("upper-meter")
                    .daemon()
                    .unstarted(
                        () -> {
                          linux.niceThread();
                          work.run();
                        }));
    one.setRemoveOnCancelPolicy(true);
    executor = one;
  }

  /** Has an instance counted now, or as soon as it has rested: it was stopped. */
  public synchronized void measure(Instance instance) {
    Known its = known.computeIfAbsent(instance.uid(), uid -> new Known());
    its.follows = false;
    if (its.wanted.isDone()) {
      its.wanted = new CompletableFuture<>();
    }
    schedule(instance, its, its.restNanos());
  }

  /** Has an instance that runs counted in a while, and again and again. */
  public synchronized void follow(Instance instance) {
    Known its = known.computeIfAbsent(instance.uid(), uid -> new Known());
    if (!its.follows) {
      its.follows = true;
      its.wanted.complete(null);
      Duration delay = its.usage.isEmpty() ? AFTER_START : WHILE_RUNNING;
      schedule(instance, its, Math.max(delay.toNanos(), its.restNanos()));
    }
  }

  /** What was counted last, since this agent runs. */
  public synchronized Optional<UpperUsage> usage(String uid) {
    return Optional.ofNullable(known.get(uid)).flatMap(its -> its.usage);
  }

  /** Completes when the count that a stop asked for is done. */
  public synchronized CompletableFuture<Void> measured(String uid) {
    Known its = known.get(uid);
    return its == null ? CompletableFuture.completedFuture(null) : its.wanted.copy();
  }

  /** Forgets an instance that is gone. */
  public synchronized void forget(String uid) {
    Known its = known.remove(uid);
    if (its != null) {
      cancel(its);
      its.wanted.complete(null);
    }
  }

  private void schedule(Instance instance, Known its, long delayNanos) {
    cancel(its);
    CompletableFuture<Void> wanted = its.wanted;
    its.next =
        executor.schedule(() -> count(instance, its, wanted), delayNanos, TimeUnit.NANOSECONDS);
  }

  private static void cancel(Known its) {
    if (its.next != null) {
      its.next.cancel(false);
    }
  }

  private void count(Instance instance, Known its, CompletableFuture<Void> wanted) {
    long began = System.nanoTime();
    Optional<UpperUsage> usage = Optional.empty();
    try {
      usage = counter.count(store.placeOf(instance));
    } catch (NotYetException e) {
      again(instance, its, wanted);
      return;
    } catch (RuntimeException e) {
      // The disk's own trouble is told by what a container meets; this is a number less.
      LOG.info("Can't count the files of {}: {}", instance, e.getMessage());
    }
    synchronized (this) {
      its.usage = usage;
      its.endedNanos = System.nanoTime();
      its.tookNanos = its.endedNanos - began;
      if (its.follows && known.get(instance.uid()) == its) {
        schedule(instance, its, Math.max(WHILE_RUNNING.toNanos(), its.restNanos()));
      }
    }
    wanted.complete(null);
  }

  /** A start or a stop needs the folder. */
  private synchronized void again(Instance instance, Known its, CompletableFuture<Void> wanted) {
    cancel(its);
    its.next = executor.schedule(() -> count(instance, its, wanted), 1, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}
