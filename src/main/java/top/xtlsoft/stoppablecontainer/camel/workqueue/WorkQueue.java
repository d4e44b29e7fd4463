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
 * Queue of keys for workers.
 *
 * <p>A key is in at most one of three states: waiting, handed out, or delayed. A put of a waiting
 * key changes nothing. A put of a key that is handed out makes it wait again when its worker is
 * {@link #done}: no event is lost, and two workers never have the same key. Namespaces take turns:
 * see {@link WaitingKeys}.
 */
public final class WorkQueue {

  private final ScheduledExecutorService timer;
  private final Backoff backoff;

  private final WaitingKeys waiting = new WaitingKeys();

  /** Keys that workers have, with the {@link System#nanoTime} of their hand-out. */
  private final Map<String, Long> handedOut = new HashMap<>();

  /** Keys that were put and not handed out since, with the time of the put. */
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
   * @param timer puts delayed keys; the queue does not shut it down
   * @param backoff delays of failed keys
   */
  public WorkQueue(ScheduledExecutorService timer, Backoff backoff) {
    this.timer = timer;
    this.backoff = backoff;
  }

  /**
   * Ends the initial phase: keys put before wait in the background, because they come from the
   * first lists of the informers; keys put from now on are changes.
   */
  public synchronized void open() {
    open = true;
  }

  /** Puts a key; a worker gets it in its namespace's turn. */
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

  /** Puts a key for a check that no user waits for. */
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

  /** Puts a key after the delay, unless it is already due earlier. */
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
   * Waits for the next key and hands it out.
   *
   * @param wanted whether the caller still wants a key; evaluated each time the queue wakes its
   *     workers
   * @return empty when the queue is closed or the caller no longer wants a key
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

  /** Takes a key back after success and resets its failures. */
  public synchronized void done(String key) {
    failures.remove(key);
    takeBack(key);
  }

  /**
   * Takes a key back after a failure and puts it again after a back-off. Puts during the failed
   * pass wait for the back-off too, because they can be caused by the pass's own writes. A later
   * put ends the back-off early, because the event may resolve the failure.
   *
   * @return the back-off
   */
  public synchronized Duration failed(String key) {
    Duration delay = backoff.delay(failures.merge(key, 1, Integer::sum));
    dirty.remove(key);
    takeBack(key);
    putAfter(key, delay);
    return delay;
  }

  /** Number of keys that wait for a worker, without delayed keys. */
  public synchronized int depth() {
    return waiting.size();
  }

  /** Waiting time of the longest waiting key; zero if no key waits. */
  public synchronized Duration oldestWait() {
    return age(dirty);
  }

  /** Time since the oldest hand-out; zero if no worker has a key. */
  public synchronized Duration longestWork() {
    return age(handedOut);
  }

  /** Sets whether the queue has workers; an operator that does not lead has none. */
  public synchronized void setWorked(boolean worked) {
    this.worked = worked;
  }

  /**
   * Whether a worker has had its key for longer than the limit, or no worker takes waiting keys.
   */
  public synchronized boolean isStuck(Duration limit) {
    return worked
        && (longestWork().compareTo(limit) > 0
            || (handedOut.isEmpty() && oldestWait().compareTo(limit) > 0));
  }

  /** Wakes waiting workers, so that each checks whether it still wants a key. */
  public synchronized void wakeWorkers() {
    notifyAll();
  }

  /** Drops all keys and releases waiting workers. */
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
