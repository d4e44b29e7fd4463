package top.xtlsoft.stoppablecontainer.operator.kube;

import java.time.Clock;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.runtime.LastWrites;

/**
 * The cached instances, each as this operator's last write left it until the event of that write
 * arrives. The next pass can begin before: it would take a container whose stop is announced for a
 * running one, and never announce its next start.
 */
final class InstanceStore extends CreatedItemStore<StoppableContainerInstance> {

  private final LastWrites<StoppableContainerInstance> writes = new LastWrites<>();

  InstanceStore(Clock clock) {
    super(clock);
  }

  /**
   * Shows the answer to a write to the next passes.
   *
   * @param seen the instance that the write was decided by
   */
  void wrote(StoppableContainerInstance seen, StoppableContainerInstance answer) {
    trim(answer);
    writes.add(seen, answer, answer);
  }

  @Override
  public StoppableContainerInstance get(String key) {
    StoppableContainerInstance cached = super.get(key);
    return cached == null ? null : writes.after(cached).orElse(cached);
  }

  @Override
  public StoppableContainerInstance put(String key, StoppableContainerInstance instance) {
    StoppableContainerInstance old = super.put(key, instance);
    if (writes.after(instance).isEmpty()) {
      writes.forget(instance);
    }
    return old;
  }

  @Override
  public StoppableContainerInstance remove(String key) {
    StoppableContainerInstance removed = super.remove(key);
    if (removed != null) {
      writes.forget(removed);
    }
    return removed;
  }
}
