package top.xtlsoft.stoppablecontainer.e2e.support;

import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Input of {@code kubectl exec -i} and {@code kubectl cp}. containerd opens a process' standard
 * input without waiting for the writer, so a process that reads early gets end-of-file: on a loaded
 * node one in ten execs of a plain pod loses all its input.
 */
public final class ExecInput {

  private static final int TRIES = 10;

  private ExecInput() {}

  /**
   * Runs a command repeatedly until the runtime delivers its input.
   *
   * @param gotNothing whether a result is the command's result for an empty input
   */
  public static Result untilGiven(Predicate<Result> gotNothing, Supplier<Result> command) {
    Result result = command.get();
    for (int i = 1; i < TRIES && gotNothing.test(result); i++) {
      Steps.step("the runtime lost the input, once more: %s", result);
      result = command.get();
    }
    return result;
  }
}
