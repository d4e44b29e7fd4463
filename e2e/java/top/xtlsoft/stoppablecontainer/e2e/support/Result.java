package top.xtlsoft.stoppablecontainer.e2e.support;

import static org.junit.jupiter.api.Assertions.fail;

/**
 * The result of a command.
 *
 * @param command the command, for messages
 * @param exit its exit code
 * @param out its standard output
 * @param err its standard error
 */
public record Result(String command, int exit, String out, String err) {

  /** The output without the last newline; fails the test if the command failed. */
  public String ok() {
    if (exit != 0) {
      fail(this::toString);
    }
    return out.stripTrailing();
  }

  /** This result; fails the test if the exit code differs. */
  public Result exits(int expected) {
    if (exit != expected) {
      fail("expected exit code " + expected + " of " + this);
    }
    return this;
  }

  @Override
  public String toString() {
    return "'%s': exit code %d%nstdout: %s%nstderr: %s".formatted(command, exit, out, err);
  }
}
