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
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
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

  /** Below a prefix; no namespace begins with a dot. */
  static final String FOLDER = ".orphans";

  private final LinuxSyscalls linux;
  private final InstanceFolders folders;
  private final FileSystemRemover remover;
  private final UpperCounter counter;
  private final Clock clock;

  public OrphanFolders(
      LinuxSyscalls linux, InstanceFolders folders, FileSystemRemover remover, Clock clock) {
    this.linux = linux;
    this.folders = folders;
    this.remover = remover;
    this.counter = new UpperCounter(linux, folders, UpperCounter.MOST_INODES);
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
  public boolean setAside(
      InstanceFolders.Place place, String uid, String reason, Predicate<String> isOrphan) {
    return folders.alone(
        place,
        () -> {
          Optional<FolderRecord> record =
              folders.record(place).filter(found -> found.uid().equals(uid));
          if (record.isEmpty() || !isOrphan.test(uid)) {
            return false;
          }
          setAside(place, record.get(), reason);
          return true;
        });
  }

  private void setAside(InstanceFolders.Place place, FolderRecord record, String reason) {
    try (Fd folder = folders.find(place).orElseThrow()) {
      remover.unmount(folder, place.path());
      folders.writeRecord(
          folder,
          record.withSetAside(
              new FolderRecord.SetAside(
                  place.namespace(),
                  place.name(),
                  clock.instant().toString(),
                  reason,
                  null,
                  false)));
    }
    InstanceFolders.Place aside =
        new InstanceFolders.Place(
            orphans(place.prefix()), place.namespace(), folderName(place.name(), record.uid()));
    try {
      folders.move(place, aside);
    } catch (SyscallException e) {
      if (e.is(Errno.EXDEV, Errno.EEXIST)) {
        throw new RefusedException(
            AgentReason.UNKNOWN_FOLDER,
            place.path() + " can't be set aside at " + aside.path() + ": move it by hand");
      }
      throw e;
    }
    LOG.warn(
        "File system set aside: folder={} uid={} at={} reason={}",
        place.path(),
        record.uid(),
        aside.path(),
        reason);
  }

  /**
   * Puts a folder in the place of an instance that has none: its own, or the one that the instance
   * names for adoption.
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
    InstanceFolders.Place to = InstanceFolders.Place.of(instance);
    folders.alone(
        orphan.place(),
        () -> {
          // The first look was taken without this lock: a purge may have begun since.
          FolderRecord record =
              folders
                  .record(orphan.place())
                  .filter(found -> found.uid().equals(orphan.uid()))
                  .filter(OrphanFolders::isAdoptable)
                  .orElseThrow(() -> refusal("the file system is being purged or adopted"));
          folders.removeIfEmpty(to);
          folders.move(orphan.place(), to);
          // Not before: cut off here, the folder is still the other UID's, and is set aside again.
          try (Fd folder = folders.find(to).orElseThrow()) {
            folders.writeRecord(folder, record.ofInstance(instance.uid()));
          }
          return null;
        });
    LOG.info(
        "File system taken up: folder={} uid={} from={}",
        to.path(),
        instance.uid(),
        orphan.place().path());
  }

  /** All that is set aside below a prefix. */
  public List<Orphan> list(String prefix) {
    return folders.places(orphans(prefix)).stream()
        .map(this::orphan)
        .flatMap(Optional::stream)
        .toList();
  }

  private Optional<Orphan> find(Instance instance, String uid) {
    String end = folderName("", uid);
    return folders.places(orphans(instance.hostPathPrefix()), instance.namespace()).stream()
        .filter(place -> place.name().endsWith(end))
        .map(this::orphan)
        .flatMap(Optional::stream)
        .filter(orphan -> orphan.uid().equals(uid) && isAdoptable(orphan.record()))
        .findFirst();
  }

  private static boolean isAdoptable(FolderRecord record) {
    return record.setAside() != null && !record.setAside().purging();
  }

  private Optional<Orphan> orphan(InstanceFolders.Place place) {
    try {
      return folders
          .record(place)
          .filter(record -> record.setAside() != null)
          .filter(record -> isInstant(record.setAside().since()))
          .map(record -> new Orphan(place, record));
    } catch (RefusedException e) {
      LOG.info("Orphan can't be read: folder={} {}", place.path(), e.getMessage());
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

  /** Counts what it takes, and notes that; once. */
  public Orphan measured(Orphan orphan) {
    if (orphan.setAside().bytes() != null) {
      return orphan;
    }
    return folders.alone(
        orphan.place(),
        () -> {
          Optional<Fd> found = folders.find(orphan.place());
          if (found.isEmpty()) {
            return orphan;
          }
          try (Fd folder = found.get()) {
            long bytes = counter.count(folder).map(UpperUsage::bytes).orElse(0L);
            FolderRecord counted = orphan.record().withSetAside(orphan.setAside().withBytes(bytes));
            folders.writeRecord(folder, counted);
            return new Orphan(orphan.place(), counted);
          }
        });
  }

  /** Removes it for good. */
  public void purge(Orphan orphan) {
    folders.alone(
        orphan.place(),
        () -> {
          Optional<Fd> found = folders.find(orphan.place());
          if (found.isPresent()) {
            try (Fd folder = found.get()) {
              folders.writeRecord(
                  folder, orphan.record().withSetAside(orphan.setAside().whilePurging()));
            }
            remover.remove(orphan.place());
            LOG.warn(
                "Orphan purged: folder={} uid={}", orphan.place().path(), orphan.record().uid());
          }
          return null;
        });
  }

  /** Removes what is set aside of an instance that is being deleted. */
  public void removeOf(Instance instance) {
    find(instance, instance.uid()).ifPresent(this::purge);
  }

  private static String orphans(String prefix) {
    return prefix + "/" + FOLDER;
  }

  private static String folderName(String name, String uid) {
    if (!uid.matches("[A-Za-z0-9-]{1,63}")) {
      throw new RefusedException(AgentReason.UNKNOWN_FOLDER, "not a UID: " + uid);
    }
    return name + "_" + uid;
  }
}
