package top.xtlsoft.stoppablecontainer.camel.workqueue;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Keys that wait for a worker.
 *
 * <p>A key is in at most one of three places: waiting, handed out, or held back by a delay. Put
 * while it waits it is not put twice; put while it is handed out it waits again once its worker is
 * {@link #done}, so that no event is lost and no two workers ever have the same key. Namespaces
 * take turns: see {@link WaitingKeys}.
 */
public final class WorkQueue {

  private final ScheduledExecutorService timer;
  private Backoff backoff;

  private final WaitingKeys waiting = new WaitingKeys();

  /** Since when, by {@link System#nanoTime}. */
  private final Map<String, Long> handedOut = new HashMap<>();

  /** Keys that were put and not handed out since, with when they were. */
  private final Map<String, Long> dirty = new HashMap<>();

  private final Map<String, Integer> failures = new HashMap<>();
  private final Map<String, Delayed> delayed = new HashMap<>();
  private boolean open;
  private boolean worked;
  private boolean closed;

  private record Delayed(long dueNanos, ScheduledFuture<?> timer) {}

  /**
   * An empty queue.
   *
   * @param timer wakes keys that are held back; not shut down by the queue
   * @param backoff delays of keys that failed
   */
  public WorkQueue(ScheduledExecutorService timer, Backoff backoff) {
    this.timer = timer;
    this.backoff = backoff;
  }

  /** Changes the delays of keys that fail from now on. */
  public synchronized void setBackoff(Backoff backoff) {
    this.backoff = backoff;
  }

  /**
   * Keys put from now on are news. Those put before are all there is, as a program that starts or
   * that takes over finds it, and wait in the background.
   */
  public synchronized void open() {
    open = true;
  }

  /** Puts a key, to be handed out as soon as a worker is free and it is its namespace's turn. */
  public synchronized void put(String key) {
    if (!open) {
      putInBackground(key);
    } else if (!closed && markDirty(key)) {
      cancelDelay(key);
      if (!handedOut.containsKey(key)) {
        waiting.add(key);
        notifyAll();
      }
    } else {
      waiting.hurry(key);
    }
  }

  /** Puts a key that is to be looked at without anybody waiting for it. */
  public synchronized void putInBackground(String key) {
    if (closed || !markDirty(key)) {
      return;
    }
    cancelDelay(key);
    if (!handedOut.containsKey(key)) {
      waiting.addInBackground(key);
      notifyAll();
    }
  }

  /** Puts a key once the delay is over, unless it is due earlier already. */
  public synchronized void putAfter(String key, Duration delay) {
    if (closed || dirty.containsKey(key)) {
      return;
    }
    if (delay.isZero() || delay.isNegative()) {
      put(key);
      return;
    }
    long due = System.nanoTime() + delay.toNanos();
    Delayed earlier = delayed.get(key);
    if (earlier != null && earlier.dueNanos() - due <= 0) {
      return;
    }
    cancelDelay(key);
    ScheduledFuture<?> wake =
        timer.schedule(() -> wake(key), delay.toNanos(), TimeUnit.NANOSECONDS);
    delayed.put(key, new Delayed(due, wake));
  }

  /**
   * Hands out the next key, once there is one.
   *
   * @param wanted asked whenever the queue wakes its workers: whether this one still wants a key
   * @return empty once the queue is closed, or when the key is not wanted any more
   */
  public synchronized Optional<String> take(BooleanSupplier wanted) throws InterruptedException {
    while (waiting.size() == 0 && !closed && wanted.getAsBoolean()) {
      wait();
    }
    if (closed || !wanted.getAsBoolean()) {
      return Optional.empty();
    }
    String key = waiting.remove();
    dirty.remove(key);
    handedOut.put(key, System.nanoTime());
    return Optional.of(key);
  }

  /** Takes a key back from its worker, which succeeded: its failures are forgotten. */
  public synchronized void done(String key) {
    failures.remove(key);
    takeBack(key);
  }

  /**
   * Takes a key back from its worker, which failed: it is handed out again after a back-off. What
   * was put while the worker had it waits for that too, or the writes of a failing pass would call
   * the next one at once. A later event ends the back-off early, since it may be what the key
   * waited for.
   *
   * @return how long it is held back
   */
  public synchronized Duration failed(String key) {
    Duration delay = backoff.delay(failures.merge(key, 1, Integer::sum));
    dirty.remove(key);
    takeBack(key);
    putAfter(key, delay);
    return delay;
  }

  /** How often a key has failed since it last succeeded. */
  public synchronized int failures(String key) {
    return failures.getOrDefault(key, 0);
  }

  /** How many keys wait for a worker; those held back do not count. */
  public synchronized int depth() {
    return waiting.size();
  }

  /** How long the key that waits longest has done so; zero when none waits. */
  public synchronized Duration oldestWait() {
    return age(dirty);
  }

  /** How long the worker that is longest at its key has been; zero when none has one. */
  public synchronized Duration longestWork() {
    return age(handedOut);
  }

  /** Whether workers are there to take keys: the queue of one who does not lead has none. */
  public synchronized void setWorked(boolean worked) {
    this.worked = worked;
  }

  /** Whether a worker has had its key for longer than that, or none takes the keys that wait. */
  public synchronized boolean isStuck(Duration limit) {
    return worked
        && (longestWork().compareTo(limit) > 0
            || (handedOut.isEmpty() && oldestWait().compareTo(limit) > 0));
  }

  /** Has every worker that waits for a key say whether it still wants one. */
  public synchronized void wakeWorkers() {
    notifyAll();
  }

  /** Forgets all keys and lets waiting workers go. */
  public synchronized void close() {
    closed = true;
    waiting.clear();
    dirty.clear();
    delayed.values().forEach(d -> d.timer().cancel(false));
    delayed.clear();
    notifyAll();
  }

  private boolean markDirty(String key) {
    return dirty.putIfAbsent(key, System.nanoTime()) == null;
  }

  private static Duration age(Map<String, Long> since) {
    long now = System.nanoTime();
    return Duration.ofNanos(since.values().stream().mapToLong(at -> now - at).max().orElse(0));
  }

  private void takeBack(String key) {
    handedOut.remove(key);
    if (dirty.containsKey(key)) {
      waiting.add(key);
      notifyAll();
    }
  }

  private synchronized void wake(String key) {
    delayed.remove(key);
    put(key);
  }

  private void cancelDelay(String key) {
    Delayed earlier = delayed.remove(key);
    if (earlier != null) {
      earlier.timer().cancel(false);
    }
  }
}
