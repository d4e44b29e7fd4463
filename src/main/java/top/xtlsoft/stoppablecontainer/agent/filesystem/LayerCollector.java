package top.xtlsoft.stoppablecontainer.agent.filesystem;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FolderRecord;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Place;

/**
 * Removes frozen layers that no stack on the disk names. References are counted anew each time,
 * from the records of all instances, snapshots and folders that are set aside in the namespace: no
 * number can be wrong. What the API server knows plays no part.
 */
public final class LayerCollector {

  private static final Logger LOG = LoggerFactory.getLogger(LayerCollector.class);

  private final FileSystemStore store;
  private final FileSystemRemover remover;

  public LayerCollector(FileSystemStore store, FileSystemRemover remover) {
    this.store = store;
    this.remover = remover;
  }

  /** Does so in all namespaces: an agent may have been killed on the way. */
  public void collectAll() {
    store.listLayered().forEach(this::collect);
  }

  /**
   * Removes the unused layers of the prefix and namespace of a place.
   *
   * @throws NotYetException while another job changes stacks there, or removes the same layers
   */
  public void collect(Place of) {
    store.freeingLayers(
        of,
        () -> {
          moveUnused(of);
          // An agent may have been killed after it moved the last layer.
          Place all = store.layer(of, FileSystemStore.ALL_LAYERS);
          store.removeIfEmpty(all);
          store.removeIfEmpty(store.removed(all));
          return null;
        });
    store.listRemoved(of).forEach(this::remove);
  }

  /** A removal can take minutes, and starts would wait for it: first a layer is only moved. */
  private void moveUnused(Place of) {
    List<Place> layers = store.listLayers(of);
    if (layers.isEmpty()) {
      return;
    }
    Set<String> used;
    try {
      used = used(of);
    } catch (RefusedException e) {
      LOG.info("Layers left alone, a record can't be read: error={}", e.getMessage());
      return;
    }
    layers.stream()
        .filter(layer -> FolderRecord.isLayer(layer.name()) && !used.contains(layer.name()))
        .forEach(layer -> store.move(layer, store.removed(layer)));
  }

  private Set<String> used(Place of) {
    Set<String> used = new HashSet<>();
    for (Place place : store.listStacks(of)) {
      store
          .record(place)
          .ifPresent(
              record -> {
                used.addAll(record.stack());
                if (record.freezing() != null) {
                  used.add(record.freezing());
                }
              });
    }
    return used;
  }

  private void remove(Place layer) {
    store
        .locks()
        .alone(
            layer,
            () -> {
              remover.remove(layer);
              LOG.info("Layer removed: {}", layer);
              return null;
            });
  }
}
