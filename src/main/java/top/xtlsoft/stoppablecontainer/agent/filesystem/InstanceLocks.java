package top.xtlsoft.stoppablecontainer.agent.filesystem;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * One lock for each folder of an instance. What mounts, unmounts, moves or removes the folder holds
 * it; a long removal keeps no other instance waiting.
 */
final class InstanceLocks {

  private final Map<String, Counted> locks = new ConcurrentHashMap<>();

  private static final class Counted {
    private final ReentrantLock lock = new ReentrantLock();
    private int users;
  }

  /** Does work while no other thread works on that folder. The same thread may enter again. */
  <T> T hold(String folder, Supplier<T> work) {
    Counted counted =
        Objects.requireNonNull(
            locks.compute(
                folder,
                (key, found) -> {
                  Counted taken = found == null ? new Counted() : found;
                  taken.users++;
                  return taken;
                }));
    counted.lock.lock();
    try {
      return work.get();
    } finally {
      counted.lock.unlock();
      locks.computeIfPresent(folder, (key, found) -> --found.users == 0 ? null : found);
    }
  }
}
