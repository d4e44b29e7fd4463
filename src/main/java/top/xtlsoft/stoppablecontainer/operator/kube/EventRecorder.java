package top.xtlsoft.stoppablecontainer.operator.kube;

import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.Sha256;
import top.xtlsoft.stoppablecontainer.operator.pass.PlannedEvent;

/** Converts a planned event into the form that camel-kubernetes' producer needs. */
public final class EventRecorder {

  /** The API server accepts exactly six digits of a second. */
  static final DateTimeFormatter MICRO_TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX").withZone(ZoneOffset.UTC);

  /** Length of a note that the API server accepts. */
  private static final int MAX_NOTE_CHARS = 1000;

  private static final int HASH_DIGITS = 16;

  private final Clock clock;
  private final String reportingInstance;

  /**
   * @param clock time of the events
   * @param reportingInstance name of this operator's pod, or of the machine that it runs on
   */
  public EventRecorder(Clock clock, String reportingInstance) {
    this.clock = clock;
    this.reportingInstance = reportingInstance;
  }

  /** The event without its name, which the producer sets. */
  public EventBuilder event(PlannedEvent planned) {
    String note = planned.note();
    return new EventBuilder()
        .withRegarding(planned.regarding())
        .withType(planned.type())
        .withReason(planned.reason())
        .withAction(planned.action())
        .withNote(note.length() > MAX_NOTE_CHARS ? note.substring(0, MAX_NOTE_CHARS) : note)
        .withReportingController(ApiNames.GROUP + "/" + ApiNames.OPERATOR_NAME)
        .withReportingInstance(reportingInstance)
        .withEventTime(new MicroTime(MICRO_TIME.format(clock.instant())));
  }

  /**
   * Equal events of one object have the same name, so that the API server refuses the second one
   * (409) and {@link EventSeriesGateway} counts it.
   */
  public String name(PlannedEvent planned) {
    String same =
        String.join(
            "\n", planned.regarding().getUid(), planned.type(), planned.reason(), planned.note());
    return planned.regarding().getName() + "." + Sha256.hex(same).substring(0, HASH_DIGITS);
  }
}
