package top.xtlsoft.stoppablecontainer.agent.filesystem.store;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;

/** Keeps the file systems of instances on the node, each in a folder of its own. */
public interface FileSystemStore {

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

  /** The locks of all places. */
  InstanceLocks locks();

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
