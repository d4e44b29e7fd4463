package top.xtlsoft.stoppablecontainer.runtime;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The program's last write to each object, until the cache shows a later version of the object. The
 * event of a write takes a moment, and the program must not send the same again meanwhile.
 *
 * @param <T> what was written; has {@code equals}
 */
public final class LastWrites<T> {

  /** After this time without an event the cache counts: etcd may have been restored. */
  private static final Duration MAX_DELAY = Duration.ofSeconds(10);

  /** An object that is forgotten costs at most one call that changes nothing. */
  private static final int MAX_OBJECTS = 4096;

  private record Write<T>(String over, T what, long nanos) {}

  private final Map<String, Write<T>> writes = RecentMap.ofMax(MAX_OBJECTS);
  private final LongSupplier nanoTime;

  public LastWrites() {
    this(System::nanoTime);
  }

  LastWrites(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /**
   * Whether this was written over this version of the object, as the cache has it. The event that
   * changes the version is then on its way.
   */
  public boolean has(HasMetadata seen, T what) {
    Write<T> last = writes.get(seen.getMetadata().getUid());
    return last != null
        && last.over().equals(seen.getMetadata().getResourceVersion())
        && last.what().equals(what)
        && nanoTime.getAsLong() - last.nanos() < MAX_DELAY.toNanos();
  }

  /**
   * Remembers a write.
   *
   * @param seen the object of the cache that the write was decided by
   * @param answer the object that the API server answered
   */
  public void add(HasMetadata seen, HasMetadata answer, T what) {
    // A write that changed nothing causes no event.
    if (answer.getMetadata().getResourceVersion() != null
        && !answer
            .getMetadata()
            .getResourceVersion()
            .equals(seen.getMetadata().getResourceVersion())) {
      add(seen, what);
    }
  }

  /** Remembers a write that certainly changed the object. */
  public void add(HasMetadata seen, T what) {
    String version = seen.getMetadata().getResourceVersion();
    if (version != null) {
      writes.put(seen.getMetadata().getUid(), new Write<>(version, what, nanoTime.getAsLong()));
    }
  }
}
