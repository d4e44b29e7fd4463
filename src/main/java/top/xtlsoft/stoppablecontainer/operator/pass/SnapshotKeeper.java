package top.xtlsoft.stoppablecontainer.operator.pass;

import io.fabric8.kubernetes.api.model.Condition;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.api.AgentReason;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.api.ConditionType;
import top.xtlsoft.stoppablecontainer.api.SnapshotPhase;
import top.xtlsoft.stoppablecontainer.api.SnapshotReport;
import top.xtlsoft.stoppablecontainer.api.SnapshotSchedule;
import top.xtlsoft.stoppablecontainer.api.SnapshotScheduleStatus;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshotStatus;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
import top.xtlsoft.stoppablecontainer.operator.model.ScheduledSnapshotFactory;

/**
 * Which snapshot spec.snapshots asks for now, and which are no longer kept.
 *
 * <p>A snapshot that is open, as it is not taken yet, stands for each later time as well: at most
 * one waits, and a container is not stopped twice for what can't be taken. A snapshot that holds
 * files is deleted only for as many newer ones that hold files.
 */
public final class SnapshotKeeper {

  /** A container is stopped in vain once in this time at most. */
  static final Duration PAUSE = Duration.ofDays(1);

  /** Users may set the label on many. The event of each deletion starts another pass. */
  private static final int MOST_AT_ONCE = 16;

  /** A snapshot on its way. */
  private static final Set<String> UNDER_WAY =
      Set.of(ConditionReason.TAKING.wire(), ConditionReason.SOURCE_STOPPING.wire());

  private final Observation observed;
  private final SnapshotSchedule schedule;
  private final StoppableContainerInstance source;
  private final List<StoppableContainerSnapshot> made;

  private SnapshotKeeper(
      Observation observed, SnapshotSchedule schedule, StoppableContainerInstance source) {
    this.observed = observed;
    this.schedule = schedule;
    this.source = source;
    this.made = observed.snapshots().made();
  }

  /** That of a StoppableContainer; empty for one without spec.snapshots or a file system. */
  public static Optional<SnapshotKeeper> of(Observation observed) {
    @Nullable SnapshotSchedule schedule =
        observed.resource().map(sc -> sc.getSpec().snapshots()).orElse(null);
    return schedule == null || observed.isDeleting() || !observed.ownsInstance()
        ? Optional.empty()
        : observed
            .instance()
            .filter(instance -> instance.getSpec().nodeName() != null)
            .map(instance -> new SnapshotKeeper(observed, schedule, instance));
  }

  /** The snapshot that is to be made now. */
  public Optional<StoppableContainerSnapshot> due() {
    return isWaitedFor() || isUnchanged()
        ? Optional.empty()
        : newTime()
            .map(time -> ScheduledSnapshotFactory.snapshot(observed.sc(), time))
            .or(this::beforeDeletion)
            .filter(snapshot -> !isMade(snapshot));
  }

  /** The time of the schedule that is not dealt with. */
  private Optional<Instant> newTime() {
    return observed.snapshots().times().last().filter(time -> time.isAfter(doneUntil()));
  }

  /** That of a container whose deletion its user was warned of, and which nothing holds up. */
  private Optional<StoppableContainerSnapshot> beforeDeletion() {
    return Optional.ofNullable(observed.sc().getStatus())
        .filter(_ -> isSavedFirst() && !observed.isPodWanted())
        .filter(its -> its.expiryWarnedAt() != null)
        .map(StoppableContainerStatus::expiresAt)
        .map(Instant::parse)
        .filter(end -> !observed.at().isBefore(end))
        .map(end -> ScheduledSnapshotFactory.beforeDeletion(observed.sc(), end));
  }

  private boolean isSavedFirst() {
    return Boolean.TRUE.equals(schedule.beforeDeletion());
  }

  /** Whether the container's own time may delete it. */
  boolean isDeletable() {
    return !isSavedFirst() || isUnchanged();
  }

  private boolean isMade(StoppableContainerSnapshot snapshot) {
    return made.stream()
        .anyMatch(other -> other.getMetadata().getName().equals(snapshot.getMetadata().getName()));
  }

  private boolean isWaitedFor() {
    return made.stream().anyMatch(snapshot -> isOpen(snapshot) && !isGivenUp(snapshot));
  }

  /**
   * Whether a snapshot does not have the container stopped, and another one is to. A stack that is
   * too long gets no shorter by a stop.
   */
  private boolean isGivenUp(StoppableContainerSnapshot snapshot) {
    if (!schedule.stops() || SnapshotStop.isWanted(snapshot, source, observed.at())) {
      return false;
    }
    if (!Boolean.TRUE.equals(snapshot.getSpec().stopIfNeeded())) {
      return true;
    }
    Instant created = Instant.parse(snapshot.getMetadata().getCreationTimestamp());
    return !observed.at().isBefore(created.plus(PAUSE))
        && status(snapshot)
            .map(StoppableContainerSnapshotStatus::agent)
            .map(SnapshotReport::failure)
            .map(AgentReport.Failure::reason)
            .filter(AgentReason.STACK_TOO_LONG.wire()::equals)
            .isEmpty();
  }

  /** Whether the last snapshot has all that the container wrote: it was not started since. */
  private boolean isUnchanged() {
    return !source.getSpec().running()
        && made.stream()
            .filter(SnapshotKeeper::isReady)
            .flatMap(snapshot -> status(snapshot).stream())
            .anyMatch(
                status ->
                    source.getMetadata().getUid().equals(status.sourceUID())
                        && source.getMetadata().getGeneration().equals(status.sourceGeneration()));
  }

  /** The snapshots that are no longer kept, or some of them, the oldest first. */
  public List<StoppableContainerSnapshot> surplus() {
    List<StoppableContainerSnapshot> found = new ArrayList<>();
    int ready = 0;
    boolean isFollowed = false;
    for (StoppableContainerSnapshot snapshot : made.reversed()) {
      boolean isKept =
          isReady(snapshot) ? ready < schedule.kept() : isTaken(snapshot) || !isFollowed;
      if (!isKept && !isAwaited(snapshot)) {
        found.add(snapshot);
      }
      ready += isReady(snapshot) ? 1 : 0;
      isFollowed |= isReady(snapshot) || isOpen(snapshot);
    }
    return found.reversed().stream().limit(MOST_AT_ONCE).toList();
  }

  /** Why the newest snapshot is not taken; empty for one that is, or is on its way. */
  public Optional<Finding> obstacle() {
    return made.isEmpty()
        ? Optional.empty()
        : status(made.getLast())
            .flatMap(SnapshotKeeper::ready)
            .filter(condition -> !"True".equals(condition.getStatus()))
            .filter(condition -> !UNDER_WAY.contains(condition.getReason()))
            .map(
                condition ->
                    Finding.warning(
                        condition.getReason(),
                        "Snapshot "
                            + made.getLast().getMetadata().getName()
                            + ": "
                            + condition.getMessage()));
  }

  private static Optional<Condition> ready(StoppableContainerSnapshotStatus status) {
    return Objects.requireNonNullElse(status.conditions(), List.<Condition>of()).stream()
        .filter(condition -> ConditionType.READY.wire().equals(condition.getType()))
        .findFirst();
  }

  /** What the user sees, and the next pass needs. */
  public SnapshotScheduleStatus status() {
    Optional<StoppableContainerSnapshot> last =
        made.reversed().stream().filter(SnapshotKeeper::isReady).findFirst();
    return new SnapshotScheduleStatus(
        schedule.schedule() == null ? null : seenTo().toString(),
        observed.snapshots().times().next().map(Instant::toString).orElse(null),
        last.map(snapshot -> snapshot.getMetadata().getName()).orElse(null),
        last.flatMap(SnapshotKeeper::status)
            .map(StoppableContainerSnapshotStatus::takenAt)
            .orElse(null));
  }

  /** A time that is due stays so until its snapshot is seen. */
  private Instant seenTo() {
    return newTime().filter(_ -> due().isEmpty()).orElseGet(this::doneUntil);
  }

  private Instant doneUntil() {
    return Optional.ofNullable(observed.sc().getStatus())
        .map(StoppableContainerStatus::snapshots)
        .map(SnapshotScheduleStatus::doneUntil)
        .map(Instant::parse)
        .orElseGet(() -> observed.at().truncatedTo(ChronoUnit.SECONDS));
  }

  private boolean isAwaited(StoppableContainerSnapshot snapshot) {
    return observed.snapshots().awaited().contains(snapshot.getMetadata().getName());
  }

  private static boolean isReady(StoppableContainerSnapshot snapshot) {
    return status(snapshot).filter(its -> its.phase() == SnapshotPhase.READY).isPresent();
  }

  private static boolean isTaken(StoppableContainerSnapshot snapshot) {
    return SnapshotReport.isTaken(
        status(snapshot).map(StoppableContainerSnapshotStatus::agent).orElse(null));
  }

  private static boolean isOpen(StoppableContainerSnapshot snapshot) {
    return !isTaken(snapshot)
        && status(snapshot).filter(its -> its.phase() == SnapshotPhase.FAILED).isEmpty();
  }

  private static Optional<StoppableContainerSnapshotStatus> status(
      StoppableContainerSnapshot snapshot) {
    return Optional.ofNullable(snapshot.getStatus());
  }
}
