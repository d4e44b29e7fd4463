package top.xtlsoft.stoppablecontainer.operator.pass;

import java.time.Duration;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;

/**
 * The next Ready condition.
 *
 * @param ready its status
 * @param reason its reason
 * @param message its message
 * @param warning whether a new reason is also recorded as a Warning event
 * @param again when the condition changes without an event
 */
public record Finding(
    boolean ready, String reason, String message, boolean warning, Optional<Duration> again) {

  public static Finding ready(String message) {
    return new Finding(true, ConditionReason.RUNNING.wire(), message, false, Optional.empty());
  }

  public static Finding notYet(ConditionReason reason) {
    return notYet(reason, reason.message());
  }

  public static Finding notYet(ConditionReason reason, String message) {
    return new Finding(false, reason.wire(), message, false, Optional.empty());
  }

  public static Finding warning(ConditionReason reason, String message) {
    return warning(reason.wire(), message);
  }

  public static Finding warning(String reason, String message) {
    return new Finding(false, reason, message, true, Optional.empty());
  }

  public Finding again(Duration after) {
    return new Finding(ready, reason, message, warning, Optional.of(after));
  }

  public boolean is(ConditionReason other) {
    return reason.equals(other.wire());
  }
}
