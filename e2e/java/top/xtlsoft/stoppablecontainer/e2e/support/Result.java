package top.xtlsoft.stoppablecontainer.e2e.support;

import static org.junit.jupiter.api.Assertions.fail;

/**
 * How a command ended.
 *
 * @param command the command, for messages
 * @param exit its exit code
 * @param out its standard output
 * @param err its standard error
 */
public record Result(String command, int exit, String out, String err) {

  /** Its output without the last line's end; fails the test if the command failed. */
  public String ok() {
    if (exit != 0) {
      fail(this::toString);
    }
    return out.stripTrailing();
  }

  /** Itself; fails the test unless the command ended with that code. */
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
