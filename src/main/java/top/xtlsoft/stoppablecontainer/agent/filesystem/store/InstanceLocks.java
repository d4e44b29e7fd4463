package top.xtlsoft.stoppablecontainer.agent.filesystem.store;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;

/**
 * One lock for each place of an instance's folder. A job that changes the folder (mount, move,
 * remove) holds it alone; jobs that need the folder to stay (attach, sync, count) hold it together.
 *
 * <p>No job waits long for another: it gives its worker back and is tried again. So a slow disk
 * delays its own instance only, and no two jobs can wait for each other forever.
 */
public final class InstanceLocks {

  /** Longer than a mount or an attach takes; a removal or a sync can take minutes. */
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(2);

  private final Duration longestWait;
  private final Map<Place, Counted> locks = new HashMap<>();

  private static final class Counted {
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private int users;
  }

  public InstanceLocks() {
    this(LONGEST_WAIT);
  }

  InstanceLocks(Duration longestWait) {
    this.longestWait = longestWait;
  }

  /**
   * Does work while no other thread works on the folder. The same thread may enter again.
   *
   * @throws NotYetException when other work on the folder takes too long
   * @throws IllegalStateException if this thread holds the lock together with others
   */
  public <T> T alone(Place place, Supplier<T> work) {
    return with(
        place,
        lock -> {
          if (lock.getReadHoldCount() > 0 && !lock.isWriteLockedByCurrentThread()) {
            throw new IllegalStateException("this thread would wait for itself: " + place);
          }
          return hold(place, lock.writeLock(), longestWait, work);
        });
  }

  /**
   * Does work that needs the folder to stay as it is, beside other work of that kind.
   *
   * @throws NotYetException when a change of the folder takes too long
   */
  public <T> T together(Place place, Supplier<T> work) {
    return with(place, lock -> hold(place, lock.readLock(), longestWait, work));
  }

  /**
   * Does work that can be given up for other work. It does not wait for the folder.
   *
   * @param work gets the question whether other work waits for the folder; then it should end soon
   * @throws NotYetException when the folder is being changed
   */
  public <T> T yielding(Place place, Function<BooleanSupplier, T> work) {
    return with(
        place,
        lock ->
            hold(place, lock.readLock(), Duration.ZERO, () -> work.apply(lock::hasQueuedThreads)));
  }

  /**
   * Does work alone that can be given up for other work.
   *
   * @param work gets the question whether other work waits for the folder; then it should end soon
   * @throws NotYetException when other work on the folder takes too long
   */
  public <T> T aloneYielding(Place place, Function<BooleanSupplier, T> work) {
    return with(
        place,
        lock ->
            hold(place, lock.writeLock(), longestWait, () -> work.apply(lock::hasQueuedThreads)));
  }

  private <T> T with(Place place, Function<ReentrantReadWriteLock, T> work) {
    Counted counted = take(place);
    try {
      return work.apply(counted.lock);
    } finally {
      giveBack(place, counted);
    }
  }

  private synchronized Counted take(Place place) {
    Counted counted = locks.computeIfAbsent(place, free -> new Counted());
    counted.users++;
    return counted;
  }

  private synchronized void giveBack(Place place, Counted counted) {
    if (--counted.users == 0) {
      locks.remove(place);
    }
  }

  private static <T> T hold(Place place, Lock lock, Duration wait, Supplier<T> work) {
    if (!isTaken(lock, wait)) {
      throw NotYetException.untilRetry("another job works on " + place);
    }
    try {
      return work.get();
    } finally {
      lock.unlock();
    }
  }

  private static boolean isTaken(Lock lock, Duration wait) {
    try {
      return lock.tryLock(wait.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Number of places that a thread works on or waits for. */
  synchronized int size() {
    return locks.size();
  }
}
