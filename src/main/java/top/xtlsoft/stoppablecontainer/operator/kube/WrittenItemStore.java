package top.xtlsoft.stoppablecontainer.operator.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Clock;
import top.xtlsoft.stoppablecontainer.runtime.LastWrites;

/**
 * The cached objects of a kind, each as this operator's last write left it until the event of that
 * write arrives. The next pass can begin before: it would take a container whose stop is announced
 * for a running one, and never announce its next start.
 */
final class WrittenItemStore<T extends HasMetadata> extends CreatedItemStore<T> {

  private final LastWrites<T> writes = new LastWrites<>();

  WrittenItemStore(Clock clock) {
    super(clock);
  }

  /**
   * Shows the answer to a write to the next passes.
   *
   * @param seen the object that the write was decided by
   */
  void wrote(T seen, T answer) {
    trimItem(answer);
    writes.add(seen, answer, answer);
  }

  @Override
  public T get(String key) {
    T cached = super.get(key);
    return cached == null ? null : writes.after(cached).orElse(cached);
  }

  @Override
  public T put(String key, T object) {
    T old = super.put(key, object);
    if (writes.after(object).isEmpty()) {
      writes.forget(object);
    }
    return old;
  }

  @Override
  public T remove(String key) {
    T removed = super.remove(key);
    if (removed != null) {
      writes.forget(removed);
    }
    return removed;
  }
}
