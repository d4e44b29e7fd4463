package top.xtlsoft.stoppablecontainer.agent.instance;

import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.AgentSettings;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.filesystem.FileSystemRemover;
import top.xtlsoft.stoppablecontainer.agent.filesystem.FolderRecord;
import top.xtlsoft.stoppablecontainer.agent.filesystem.InstanceFolders;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentInstances;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;

/**
 * Removes folders of instances that were deleted while no agent could see it (its finalizer was
 * taken away by hand). What no agent made is left alone.
 */
public final class OrphanRemover {

  private static final Logger LOG = LoggerFactory.getLogger(OrphanRemover.class);

  private final AgentSettings settings;
  private final AgentInstances instances;
  private final InstanceFolders folders;
  private final FileSystemRemover remover;

  public OrphanRemover(
      AgentSettings settings,
      AgentInstances instances,
      InstanceFolders folders,
      FileSystemRemover remover) {
    this.settings = settings;
    this.instances = instances;
    this.folders = folders;
    this.remover = remover;
  }

  /**
   * Looks through all prefixes once.
   *
   * @throws NotYetException when processes of a pod still live in what is to be removed
   */
  public void removeOrphans() {
    Optional<NotYetException> wait = Optional.empty();
    for (String prefix : settings.allowedHostPathPrefixes()) {
      for (InstanceFolders.Place place : folders.places(prefix)) {
        try {
          removeIfOrphan(place);
        } catch (NotYetException e) {
          wait = Optional.of(e);
        }
      }
    }
    if (wait.isPresent()) {
      throw wait.get();
    }
  }

  private void removeIfOrphan(InstanceFolders.Place place) {
    try {
      Optional<FolderRecord> record = record(place);
      if (record.isEmpty()) {
        LOG.info("Left {} alone: no agent made it", place.path());
        return;
      }
      // Not from the cache, which holds this node's instances only: a node that was told a wrong
      // name would take everything for an orphan.
      Optional<StoppableContainerInstance> instance =
          instances.fetch(place.namespace() + "/" + place.name());
      if (instance.map(i -> i.getMetadata().getUid()).equals(record.map(FolderRecord::uid))) {
        return;
      }
      LOG.info("Removing {} of an instance that is gone, uid {}", place.path(), record.get().uid());
      remover.remove(place);
    } catch (RefusedException e) {
      LOG.info("Left {} alone: {}", place.path(), e.getMessage());
    }
  }

  private Optional<FolderRecord> record(InstanceFolders.Place place) {
    Optional<Fd> found = folders.find(place.prefix(), place.namespace(), place.name());
    if (found.isEmpty()) {
      return Optional.empty();
    }
    try (Fd folder = found.get()) {
      return folders.record(folder, place.path());
    }
  }
}
