package top.xtlsoft.stoppablecontainer.runtime;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.math.BigInteger;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;

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

  private record Write<T>(String over, String version, T what, long nanos) {

    /** Kubernetes' versions of one kind of object are decimal numbers that grow. */
    boolean isNewerThan(String seen) {
      return over.equals(seen) || isLess(seen, version);
    }

    private static boolean isLess(String one, String other) {
      return DECIMAL.matcher(one).matches()
          && DECIMAL.matcher(other).matches()
          && new BigInteger(one).compareTo(new BigInteger(other)) < 0;
    }
  }

  private static final Pattern DECIMAL = Pattern.compile("[1-9][0-9]{0,38}");

  private final Map<String, Write<T>> writes = RecentMap.ofMax(MAX_OBJECTS);
  private final LongSupplier nanoTime;

  public LastWrites() {
    this(System::nanoTime);
  }

  LastWrites(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /**
   * Whether this was written last, and the cache has an older version of the object. The event of
   * the write is then on its way.
   */
  public boolean has(HasMetadata seen, T what) {
    return after(seen).filter(what::equals).isPresent();
  }

  /** The last write of an object, if the cache has an older version of the object. */
  public Optional<T> after(HasMetadata seen) {
    String version = seen.getMetadata().getResourceVersion();
    Write<T> last = writes.get(seen.getMetadata().getUid());
    return last != null
            && version != null
            && last.isNewerThan(version)
            && nanoTime.getAsLong() - last.nanos() < MAX_DELAY.toNanos()
        ? Optional.of(last.what())
        : Optional.empty();
  }

  /** Forgets the last write of an object, which is gone or which the cache shows. */
  public void forget(HasMetadata object) {
    writes.remove(object.getMetadata().getUid());
  }

  /**
   * Remembers a write.
   *
   * @param seen the object of the cache that the write was decided by
   * @param answer the object that the API server answered
   */
  public void add(HasMetadata seen, HasMetadata answer, T what) {
    String version = answer.getMetadata().getResourceVersion();
    // A write that changed nothing causes no event.
    if (version != null && !version.equals(seen.getMetadata().getResourceVersion())) {
      put(seen, version, what);
    }
  }

  /** Remembers a write that certainly changed the object. */
  public void add(HasMetadata seen, T what) {
    String version = seen.getMetadata().getResourceVersion();
    if (version != null) {
      put(seen, version, what);
    }
  }

  private void put(HasMetadata seen, String version, T what) {
    String over = seen.getMetadata().getResourceVersion();
    if (over != null) {
      writes.put(
          seen.getMetadata().getUid(), new Write<>(over, version, what, nanoTime.getAsLong()));
    }
  }
}
