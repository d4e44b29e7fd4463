package top.xtlsoft.stoppablecontainer.agent.filesystem;

import java.time.Clock;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import jnr.constants.platform.Errno;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FolderRecord;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.InstanceFolder;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Place;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.api.AgentReason;

/**
 * The folders of instances that the API server does not know, {@code
 * <prefix>/.orphans/<namespace>/<name>_<uid>}. An API server that was put back to an earlier state
 * does not know instances that exist, so absence is no reason to remove anything: the folder is set
 * aside on its own disk, where an instance can take it up again.
 */
public final class OrphanFolders {

  private static final Logger LOG = LoggerFactory.getLogger(OrphanFolders.class);

  private final FileSystemStore store;
  private final FileSystemRemover remover;
  private final UpperCounter counter;
  private final LayerCollector collector;
  private final Clock clock;

  public OrphanFolders(
      LinuxSyscalls linux, FileSystemStore store, FileSystemRemover remover, Clock clock) {
    this.store = store;
    this.remover = remover;
    this.counter = new UpperCounter(linux, store);
    this.collector = new LayerCollector(store, remover);
    this.clock = clock;
  }

  /**
   * Sets the folder in a place aside, if it belongs to that UID and is still no instance's.
   *
   * @param isOrphan looked at while no other thread works on the folder
   * @return whether it was set aside
   * @throws NotYetException while a process of a pod lives in it
   * @throws RefusedException UnknownFolder if it can't be moved: it lies on another disk, or there
   *     is one of the same UID already
   */
  public boolean setAside(Place place, String uid, String reason, Predicate<String> isOrphan) {
    return store
        .locks()
        .alone(
            place,
            () -> {
              Optional<FolderRecord> record = store.look(place, folder -> folder.recordOf(uid));
              if (record.isEmpty() || !isOrphan.test(uid)) {
                return false;
              }
              return store.keepingLayers(
                  place,
                  () -> {
                    setAside(place, record.get(), reason);
                    return true;
                  });
            });
  }

  private void setAside(Place place, FolderRecord record, String reason) {
    try (InstanceFolder folder = store.find(place).orElseThrow()) {
      remover.unmountAll(folder);
      folder.write(
          record.withSetAside(
              new FolderRecord.SetAside(
                  place.namespace(),
                  place.name(),
                  clock.instant().toString(),
                  reason,
                  null,
                  false)));
    }
    Place aside = store.placeAside(place, record.uid());
    try {
      store.move(place, aside);
    } catch (SyscallException e) {
      if (e.is(Errno.EXDEV, Errno.EEXIST)) {
        throw new RefusedException(
            AgentReason.UNKNOWN_FOLDER,
            place + " can't be set aside at " + aside + ": move it by hand");
      }
      throw e;
    }
    LOG.warn(
        "File system set aside: folder={} uid={} at={} reason={}",
        place,
        record.uid(),
        aside,
        reason);
  }

  /**
   * Moves a folder to an instance's place that is free: its own, or the one that the instance names
   * for adoption.
   *
   * @param fits whether the folder was made on the image of the instance
   * @throws RefusedException AdoptionRefused when what the instance names can't be had
   */
  void takeUp(Instance instance, Predicate<FolderRecord> fits) {
    Optional<Orphan> own = find(instance, instance.uid());
    if (own.isPresent()) {
      takeUp(own.get(), instance);
    } else if (instance.adopts() != null) {
      adopt(instance, instance.adopts(), fits);
    }
  }

  private void adopt(Instance instance, String uid, Predicate<FolderRecord> fits) {
    Orphan orphan =
        find(instance, uid)
            .orElseThrow(
                () ->
                    refusal(
                        "no file system of UID "
                            + uid
                            + " is set aside on this node for namespace "
                            + instance.namespace()));
    boolean hasDisk = orphan.record().disk() != null;
    if (hasDisk != (instance.storage().sizeBytes() != null)) {
      throw refusal(
          "the file system of UID "
              + uid
              + " was made "
              + (hasDisk ? "with" : "without")
              + " spec.storage.size: adopt it so");
    }
    if (!fits.test(orphan.record())) {
      throw refusal(
          "the file system of UID "
              + uid
              + " was made from "
              + orphan.record().image()
              + ", and this image holds something else");
    }
    takeUp(orphan, instance);
  }

  private static RefusedException refusal(String message) {
    return new RefusedException(AgentReason.ADOPTION_REFUSED, message);
  }

  private void takeUp(Orphan orphan, Instance instance) {
    Place to = store.placeOf(instance);
    store
        .locks()
        .alone(
            orphan.place(),
            () -> {
              // The first look was taken without this lock: a purge may have begun since.
              FolderRecord record =
                  adoptable(orphan)
                      .orElseThrow(() -> refusal("the file system is being purged or adopted"));
              store.removeIfEmpty(to);
              store.keepingLayers(
                  to,
                  () -> {
                    store.move(orphan.place(), to);
                    return null;
                  });
              // Not before: cut off here, the folder still belongs to the other UID, and is set
              // aside again.
              try (InstanceFolder folder = store.find(to).orElseThrow()) {
                folder.write(record.ofInstance(instance.uid()));
              }
              return null;
            });
    LOG.info("File system taken up: folder={} uid={} from={}", to, instance.uid(), orphan.place());
  }

  /** All that is set aside. */
  public List<Orphan> list() {
    return store.listAside().stream().map(this::orphan).flatMap(Optional::stream).toList();
  }

  private Optional<Orphan> find(Instance instance, String uid) {
    return store.listAside(instance, uid).stream()
        .map(this::orphan)
        .flatMap(Optional::stream)
        .filter(orphan -> orphan.uid().equals(uid) && isAdoptable(orphan.record()))
        .findFirst();
  }

  private static boolean isAdoptable(FolderRecord record) {
    return record.setAside() != null && !record.setAside().purging();
  }

  private Optional<Orphan> orphan(Place place) {
    try {
      return store
          .record(place)
          .filter(record -> record.setAside() != null)
          .filter(record -> isInstant(record.setAside().since()))
          .map(record -> new Orphan(place, record));
    } catch (RefusedException e) {
      LOG.info("Orphan can't be read: folder={} error={}", place, e.getMessage());
      return Optional.empty();
    }
  }

  private static boolean isInstant(String text) {
    try {
      Instant.parse(text);
      return true;
    } catch (DateTimeParseException e) {
      return false;
    }
  }

  /** What its record says now, while an instance may still have it. */
  private Optional<FolderRecord> adoptable(Orphan orphan) {
    return store
        .look(orphan.place(), folder -> folder.recordOf(orphan.uid()))
        .filter(OrphanFolders::isAdoptable);
  }

  /**
   * Counts what it takes, and notes that; once.
   *
   * @throws NotYetException when an instance takes it up meanwhile
   */
  public Orphan measured(Orphan orphan) {
    if (orphan.setAside().bytes() != null) {
      return orphan;
    }
    long bytes = counter.count(orphan.place()).map(UpperUsage::bytes).orElse(0L);
    return store
        .locks()
        .alone(
            orphan.place(),
            () -> {
              Optional<FolderRecord> record = adoptable(orphan);
              if (record.isEmpty()) {
                return orphan;
              }
              FolderRecord counted = record.get().withSetAside(orphan.setAside().withBytes(bytes));
              try (InstanceFolder folder = store.find(orphan.place()).orElseThrow()) {
                folder.write(counted);
              }
              return new Orphan(orphan.place(), counted);
            });
  }

  /** Removes it for good. */
  public void purge(Orphan orphan) {
    store
        .locks()
        .alone(
            orphan.place(),
            () -> {
              try (InstanceFolder folder = store.find(orphan.place()).orElse(null)) {
                if (folder == null) {
                  return null;
                }
                folder.write(orphan.record().withSetAside(orphan.setAside().whilePurging()));
              }
              remover.remove(orphan.place());
              LOG.warn("Orphan purged: folder={} uid={}", orphan.place(), orphan.uid());
              return null;
            });
    collector.collect(orphan.place());
  }

  /** Removes what is set aside of an instance that is being deleted. */
  public void removeOf(Instance instance) {
    find(instance, instance.uid()).ifPresent(this::purge);
  }
}
