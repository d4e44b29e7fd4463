package top.xtlsoft.stoppablecontainer.operator.model;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.api.IdleStatus;
import top.xtlsoft.stoppablecontainer.api.ScheduleEntry;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
import top.xtlsoft.stoppablecontainer.api.UserAnnotation;
import top.xtlsoft.stoppablecontainer.api.UserWish;
import top.xtlsoft.stoppablecontainer.api.WakeStatus;
import top.xtlsoft.stoppablecontainer.api.Wanted;

/**
 * What spec.schedule and the user want at one time, and whether an idle stop or a wake came since:
 * the last of these counts. Of the times that have passed since the user's wish, only the last one
 * counts, so an operator that was away makes up for one of them at most.
 *
 * @param userWish what the user last asked for
 * @param last the last time of the schedule, idle stop or wake, if it came after the user's wish
 * @param next the next time of the schedule; empty if none ever comes
 */
public record Schedule(UserWish userWish, Optional<Change> last, Optional<Change> next) {

  /** At the same time, a stop counts. */
  private static final Comparator<Change> STOPS = Comparator.comparing(change -> !change.running());

  /**
   * A start or stop by the schedule, an idle stop, or a start by a connection.
   *
   * @param at its time
   * @param running whether the container runs from then on
   * @param idle whether it is an idle stop
   */
  public record Change(Instant at, boolean running, boolean idle) {

    /** A start or stop by the schedule. */
    public Change(Instant at, boolean running) {
      this(at, running, false);
    }

    /** What a stop makes wanted. */
    Wanted stopped() {
      return idle ? Wanted.STOPPED_IDLE : Wanted.STOPPED_BY_SCHEDULE;
    }
  }

  /** One expression of an entry. */
  private record Expression(CronExpression cron, boolean running) {}

  /** The times of one expression: read once, and asked for the last and the next one. */
  private record Times(CronTimes cron, boolean running) {

    /** Empty for one that has an error, which {@link #problem} reports. */
    static Optional<Times> of(Expression expression) {
      return expression.cron().times().map(times -> new Times(times, expression.running()));
    }
  }

  /**
   * The schedule of a StoppableContainer; empty if neither a time nor idleness stops it, and no
   * connection starts it.
   */
  public static Optional<Schedule> of(StoppableContainer resource, Instant at) {
    List<Expression> expressions = expressions(resource.getSpec().schedule());
    if (expressions.isEmpty()
        && resource.getSpec().idle() == null
        && resource.getSpec().wake() == null) {
      return Optional.empty();
    }
    List<Times> all = expressions.stream().flatMap(each -> Times.of(each).stream()).toList();
    UserWish wish = wish(resource, at);
    Instant asked = Instant.parse(wish.since());
    return Optional.of(
        new Schedule(
            wish,
            Stream.of(
                    changes(all, times -> times.last(at)),
                    idleStop(resource).stream(),
                    wake(resource).stream())
                .flatMap(each -> each)
                .filter(change -> change.at().isAfter(asked))
                .max(Comparator.comparing(Change::at).thenComparing(STOPS)),
            changes(all, times -> times.next(at))
                .min(Comparator.comparing(Change::at).thenComparing(STOPS.reversed()))));
  }

  /** Whether the container is to run. */
  public boolean isRunWanted() {
    return last.map(Change::running).orElse(userWish.running());
  }

  /** What is wanted when the container is not to run. */
  public Wanted stopped() {
    return last.map(Change::stopped).orElse(Wanted.STOPPED_BY_USER);
  }

  /**
   * When an idle stop has stopped the container; empty once it is started, or stopped otherwise.
   */
  public Optional<Instant> idleStoppedAt() {
    return last.filter(Change::idle).map(Change::at);
  }

  /**
   * When the user, the schedule, idleness or a connection last started or stopped the container.
   */
  public Instant askedAt() {
    return last.map(Change::at).orElseGet(() -> Instant.parse(userWish.since()));
  }

  /** The idle stop that the status remembers, for as long as the spec has idle stops. */
  private static Optional<Change> idleStop(StoppableContainer resource) {
    return Optional.ofNullable(resource.getStatus())
        .filter(_ -> resource.getSpec().idle() != null)
        .map(StoppableContainerStatus::idle)
        .map(IdleStatus::stoppedAt)
        .map(at -> new Change(Instant.parse(at), false, true));
  }

  /** The wake that the status remembers, for as long as connections wake the container. */
  private static Optional<Change> wake(StoppableContainer resource) {
    return Optional.ofNullable(resource.getStatus())
        .filter(_ -> resource.getSpec().wake() != null)
        .map(StoppableContainerStatus::wake)
        .map(WakeStatus::wokenAt)
        .map(at -> new Change(Instant.parse(at), true));
  }

  /**
   * When the schedule or a connection has started the container; empty while the user's wish
   * counts.
   */
  public Optional<Instant> startedAt() {
    return last.filter(Change::running).map(Change::at);
  }

  private static UserWish wish(StoppableContainer resource, Instant at) {
    boolean running = Boolean.TRUE.equals(resource.getSpec().running());
    Optional<UserWish> known =
        Optional.ofNullable(resource.getStatus()).map(StoppableContainerStatus::userWish);
    Optional<String> setAt = UserAnnotation.RUNNING_SET_AT.of(resource);
    return known
        .filter(wish -> wish.running() == running)
        .filter(wish -> setAt.isEmpty() || setAt.get().equals(wish.setAt()))
        .orElseGet(
            () ->
                new UserWish(
                    running,
                    // A connection can start what was stopped in the same second.
                    at.truncatedTo(ChronoUnit.MILLIS).toString(),
                    setAt.or(() -> known.map(UserWish::setAt)).orElse(null)));
  }

  private static List<Expression> expressions(@Nullable List<ScheduleEntry> entries) {
    List<ScheduleEntry> all = Objects.requireNonNullElse(entries, List.of());
    List<Expression> found = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      String parent = "spec.schedule[" + i + "]";
      add(found, parent, all.get(i), true);
      add(found, parent, all.get(i), false);
    }
    return found;
  }

  private static void add(
      List<Expression> found, String parent, ScheduleEntry entry, boolean running) {
    String text = running ? entry.start() : entry.stop();
    if (text != null) {
      String field = running ? "start" : "stop";
      found.add(new Expression(new CronExpression(parent, field, text, entry.timeZone()), running));
    }
  }

  private static Stream<Change> changes(
      List<Times> all, Function<CronTimes, Optional<Instant>> time) {
    return all.stream()
        .flatMap(
            each -> time.apply(each.cron()).map(at -> new Change(at, each.running())).stream());
  }

  /** The first error of the entries, with the name of its field and the remedy. */
  public static Optional<String> problem(@Nullable List<ScheduleEntry> entries) {
    return expressions(entries).stream()
        .flatMap(each -> each.cron().problem().stream())
        .findFirst();
  }
}
