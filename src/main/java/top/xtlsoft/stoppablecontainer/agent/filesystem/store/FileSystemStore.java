package top.xtlsoft.stoppablecontainer.agent.filesystem.store;

import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;

/** Keeps the file systems of instances on the node, each in a folder of its own. */
public interface FileSystemStore {

  /** Stands for all layers of a namespace in the name of a lock; no layer has it. */
  String ALL_LAYERS = "";

  /** Whether the administrator allows to keep the instance's file system where its spec says. */
  boolean allows(Instance instance);

  /** The place of an instance, whether a folder is there or not. */
  Place placeOf(Instance instance);

  /** Opens the folder in a place, if there is one. The caller closes it. */
  Optional<InstanceFolder> find(Place place);

  /** Opens the folder of an instance; makes it, and those above it, where they are missing. */
  InstanceFolder make(Instance instance);

  /** All places with a folder, those that are set aside excepted. */
  List<Place> list();

  /**
   * Removes the folder in a place if it holds nothing but the draft of a record, then the folder of
   * its namespace if that is empty too.
   */
  void removeIfEmpty(Place place);

  /** The place of a folder that is set aside from its instance's place. */
  Place placeAside(Place place, String uid);

  /** All places with a folder that is set aside. */
  List<Place> listAside();

  /** The places with a folder of that UID that an instance can take up. */
  List<Place> listAside(Instance instance, String uid);

  /**
   * Moves a folder to a place that is free, so that a power cut leaves it in one of both.
   *
   * @throws SyscallException EEXIST if the place is not free; EXDEV if it is on another disk
   */
  void move(Place from, Place to);

  /** Opens the folder in a place; makes it, and those above it, where they are missing. */
  InstanceFolder make(Place place);

  /** Brings the name of a folder to disk, and those of the folders above it. */
  void settle(Place place);

  /** The place of a frozen layer of the prefix and namespace that another place has. */
  Place layer(Place of, String id);

  /** The frozen layers of the prefix and namespace of a place. */
  List<Place> listLayers(Place of);

  /** For each prefix and namespace with layers, a place of it. */
  List<Place> listLayered();

  /** The place of a snapshot of the prefix and namespace that another place has. */
  Place snapshot(Place of, String name, String uid);

  /** All places with a snapshot. */
  List<Place> listSnapshots();

  /** The places with a snapshot of the prefix and namespace of a place. */
  List<Place> listSnapshots(Place of);

  /** All places of the prefix and namespace of a place whose records name layers. */
  List<Place> listStacks(Place of);

  /** The place to which a layer is moved before it is removed. */
  Place removed(Place layer);

  /** The layers of the prefix and namespace of a place whose removal has begun. */
  List<Place> listRemoved(Place of);

  /** The locks of all places. */
  InstanceLocks locks();

  /**
   * Does work that changes which stacks name which layers, while no layer is removed. Within it a
   * thread may hold the lock of a folder, and must not take one.
   *
   * @throws NotYetException when the removal of layers takes too long
   */
  default <T> T keepingLayers(Place of, Supplier<T> work) {
    return locks().together(layer(of, ALL_LAYERS), work);
  }

  /**
   * Does work while no stack changes.
   *
   * @throws NotYetException when a change takes too long
   */
  default <T> T freeingLayers(Place of, Supplier<T> work) {
    return locks().alone(layer(of, ALL_LAYERS), work);
  }

  /**
   * Does work while no stack changes, which can be given up for such a change.
   *
   * @param work gets the question whether a change waits; then it should end soon
   * @throws NotYetException when a change takes too long
   */
  default <T> T mergingLayers(Place of, Function<BooleanSupplier, T> work) {
    return locks().aloneYielding(layer(of, ALL_LAYERS), work);
  }

  /** Opens the folder of an instance, if there is one. The caller closes it. */
  default Optional<InstanceFolder> find(Instance instance) {
    return find(placeOf(instance));
  }

  /** Opens the folder in a place, if there is one, for this look only. */
  default <T> Optional<T> look(Place place, Function<InstanceFolder, Optional<T>> look) {
    try (InstanceFolder folder = find(place).orElse(null)) {
      return folder == null ? Optional.empty() : look.apply(folder);
    }
  }

  /** Opens the folder of an instance, if there is one, for this look only. */
  default <T> Optional<T> look(Instance instance, Function<InstanceFolder, Optional<T>> look) {
    return look(placeOf(instance), look);
  }

  /**
   * The record of the folder in a place; empty if there is no folder, or no record.
   *
   * @throws RefusedException as {@link InstanceFolder#record}
   */
  default Optional<FolderRecord> record(Place place) {
    return look(place, InstanceFolder::record);
  }
}
