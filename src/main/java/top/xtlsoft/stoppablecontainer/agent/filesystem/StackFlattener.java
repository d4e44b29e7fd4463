package top.xtlsoft.stoppablecontainer.agent.filesystem;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FolderRecord;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.InstanceFolder;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Place;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;

/**
 * Makes the stack of a stopped instance shorter. Each snapshot adds a layer, and it stays when the
 * snapshot is deleted, for the container lies on it. Two layers become one when whatever has one of
 * them has the other, and no other instance has either. A disk image stays as it is: no file can be
 * moved from one to another. So do layers in which a name can stand for another one of a lower
 * layer (redirect_dir, metacopy).
 */
public final class StackFlattener {

  private static final Logger LOG = LoggerFactory.getLogger(StackFlattener.class);

  /**
   * Shorter stacks are left as they are, for a lookup takes as long over 64 layers as over one.
   * Kernels before Linux 6.8 mount about 25.
   */
  static final int FROM_LAYERS = 16;

  /** A report meanwhile says that the file system is not mounted. */
  private static final Duration LONGEST_TURN = Duration.ofSeconds(1);

  private final FileSystemStore store;
  private final FileSystemRemover remover;
  private final FileSystemMounter mounter;
  private final LayerCollector collector;
  private final LayerMerger merger;
  private final int fromLayers;
  private final LongSupplier nanoTime;

  public StackFlattener(
      LinuxSyscalls linux,
      FileSystemStore store,
      FileSystemRemover remover,
      FileSystemMounter mounter,
      LayerCollector collector) {
    this(linux, store, remover, mounter, collector, FROM_LAYERS, System::nanoTime);
  }

  StackFlattener(
      LinuxSyscalls linux,
      FileSystemStore store,
      FileSystemRemover remover,
      FileSystemMounter mounter,
      LayerCollector collector,
      int fromLayers,
      LongSupplier nanoTime) {
    this.store = store;
    this.remover = remover;
    this.mounter = mounter;
    this.collector = collector;
    this.merger = new LayerMerger(linux);
    this.fromLayers = fromLayers;
    this.nanoTime = nanoTime;
  }

  /** The records of a namespace that name layers. */
  private record Stacks(Map<Place, FolderRecord> all, Set<Place> snapshots) {

    /** Whether whatever has the lower one of two layers has the upper one as well. */
    boolean isNeverWithout(String lower, String upper) {
      return all.values().stream()
          .filter(record -> names(record, lower))
          .allMatch(record -> names(record, upper));
    }

    /** Whether a layer lies on another wherever it is named: in this instance and snapshots. */
    boolean isAlwaysOn(Place instance, String upper, String lower) {
      return all.entrySet().stream()
          .filter(each -> names(each.getValue(), upper))
          .allMatch(
              each ->
                  isFree(instance, each.getKey()) && isPair(each.getValue().stack(), upper, lower));
    }

    private boolean isFree(Place instance, Place place) {
      return place.equals(instance) || snapshots.contains(place);
    }

    private static boolean names(FolderRecord record, String layer) {
      return record.stack().contains(layer) || layer.equals(record.freezing());
    }

    private static boolean isPair(List<String> stack, String upper, String lower) {
      int at = stack.indexOf(upper);
      return at >= 0 && at + 1 < stack.size() && stack.get(at + 1).equals(lower);
    }
  }

  /**
   * Merges what can be merged of a long stack. It ends early when another job waits for the
   * instance, and then goes on when it is called again.
   *
   * @param requireStopped throws if the instance may be written to; called while no container can
   *     get its file system
   * @return whether stacks may be shorter now
   * @throws NotYetException while another job or a process uses the file system, and when another
   *     job waited
   */
  public boolean flatten(Instance instance, Runnable requireStopped) {
    Place place = store.placeOf(instance);
    if (!isLong(instance, place)) {
      return false;
    }
    Progress progress;
    do {
      progress =
          store
              .locks()
              .aloneYielding(
                  place,
                  its ->
                      store.mergingLayers(
                          place,
                          all ->
                              flatten(
                                  instance,
                                  requireStopped,
                                  () -> its.getAsBoolean() || all.getAsBoolean())));
    } while (progress == Progress.OUT_OF_TIME);
    collector.collect(place);
    if (progress == Progress.WANTED) {
      throw NotYetException.untilRetry("another job waits for the instance or its layers");
    }
    return true;
  }

  /** How a turn ended. */
  private enum Progress {
    DONE,
    OUT_OF_TIME,
    WANTED
  }

  private boolean isLong(Instance instance, Place place) {
    return store
        .look(place, folder -> folder.recordOf(instance.uid()))
        .filter(record -> record.stack().size() >= fromLayers)
        .isPresent();
  }

  /** One turn: the file system is not mounted meanwhile, and mounted again at the end. */
  private Progress flatten(Instance instance, Runnable requireStopped, BooleanSupplier wanted) {
    Place place = store.placeOf(instance);
    try (InstanceFolder folder = store.find(place).orElse(null)) {
      FolderRecord record = folder == null ? null : folder.recordOf(instance.uid()).orElse(null);
      if (record == null
          || record.freezing() != null
          || !OverlayOptions.keepFilesAtTheirNames(record.options())) {
        return Progress.DONE;
      }
      Optional<Stacks> stacks = stacks(place);
      if (stacks.isEmpty() || pair(stacks.get(), place, 0).isEmpty()) {
        return Progress.DONE;
      }
      requireStopped.run();
      boolean mounted = folder.isMounted();
      remover.unmountUnused(folder);
      try {
        long end = nanoTime.getAsLong() + LONGEST_TURN.toNanos();
        BooleanSupplier ends = () -> wanted.getAsBoolean() || nanoTime.getAsLong() - end > 0;
        if (mergeAll(stacks.get(), place, ends)) {
          return Progress.DONE;
        }
        return wanted.getAsBoolean() ? Progress.WANTED : Progress.OUT_OF_TIME;
      } finally {
        if (mounted) {
          mounter.mountAgain(folder, folder.recordOf(instance.uid()).orElseThrow());
        }
      }
    }
  }

  private Optional<Stacks> stacks(Place of) {
    Map<Place, FolderRecord> all = new HashMap<>();
    try {
      for (Place place : store.listStacks(of)) {
        store.record(place).ifPresent(record -> all.put(place, record));
      }
    } catch (RefusedException e) {
      LOG.info("Layers not merged, a record can't be read: error={}", e.getMessage());
      return Optional.empty();
    }
    return Optional.of(new Stacks(all, new HashSet<>(store.listSnapshots(of))));
  }

  /** The first layer of the instance, at that index or below, that can be merged into the next. */
  private Optional<Integer> pair(Stacks stacks, Place place, int from) {
    List<String> stack = stacks.all().get(place).stack();
    for (int i = from; i + 1 < stack.size(); i++) {
      if (!isFolder(place, stack.get(i)) || !isFolder(place, stack.get(i + 1))) {
        continue;
      }
      if (stacks.isAlwaysOn(place, stack.get(i), stack.get(i + 1))
          && (stacks.isNeverWithout(stack.get(i + 1), stack.get(i))
              || isMerged(place, stack.get(i), stack.get(i + 1)))) {
        return Optional.of(i);
      }
    }
    return Optional.empty();
  }

  private boolean isFolder(Place place, String id) {
    return store
        .look(store.layer(place, id), layer -> Optional.of(!layer.hasDiskImage()))
        .orElse(false);
  }

  private boolean isMerged(Place place, String upper, String lower) {
    try (Fd above = upper(place, upper);
        Fd below = upper(place, lower)) {
      return merger.isMerged(above, below);
    }
  }

  private boolean mergeAll(Stacks stacks, Place place, BooleanSupplier wanted) {
    int before = stacks.all().get(place).stack().size();
    try {
      Optional<Integer> pair = pair(stacks, place, 0);
      while (pair.isPresent()) {
        int at = pair.get();
        List<String> stack = stacks.all().get(place).stack();
        try {
          if (!merge(place, stack.get(at), stack.get(at + 1), wanted)) {
            return false;
          }
          drop(stacks, stack.get(at));
        } catch (LayerMerger.UnmergeableException e) {
          LOG.info("Layers not merged: folder={} error={}", place, e.getMessage());
          at++;
        }
        pair = pair(stacks, place, at);
        if (pair.isPresent() && wanted.getAsBoolean()) {
          return false;
        }
      }
      return true;
    } finally {
      LOG.info(
          "Stack flattened: folder={} before={} after={}",
          place,
          before,
          stacks.all().get(place).stack().size());
    }
  }

  /** All of the upper layer is on disk in the lower one before a record leaves it out. */
  private boolean merge(Place place, String upper, String lower, BooleanSupplier wanted) {
    try (InstanceFolder layer = store.find(store.layer(place, upper)).orElseThrow();
        Fd above = layer.upper().orElseThrow();
        Fd below = upper(place, lower)) {
      // What is hidden goes when the layer goes.
      boolean done =
          merger.isMerged(above, below) || merger.merge(above, below, layer.fd(), wanted);
      layer.sync();
      return done;
    }
  }

  private Fd upper(Place place, String id) {
    try (InstanceFolder layer = store.find(store.layer(place, id)).orElseThrow()) {
      return layer.upper().orElseThrow();
    }
  }

  private void drop(Stacks stacks, String layer) {
    for (Map.Entry<Place, FolderRecord> each : stacks.all().entrySet()) {
      if (each.getValue().stack().contains(layer)) {
        FolderRecord without = each.getValue().without(layer);
        try (InstanceFolder folder = store.find(each.getKey()).orElseThrow()) {
          folder.rewrite(without);
        }
        each.setValue(without);
      }
    }
  }
}
