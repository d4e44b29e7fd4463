package top.xtlsoft.stoppablecontainer.agent.linux;

/** An open file descriptor; closing it twice is harmless. */
public final class Fd implements AutoCloseable {

  /** Stands for the current directory of the calling thread (AT_FDCWD). */
  public static final Fd CWD = new Fd(-100, null);

  private final int number;
  private final Closer closer;
  private boolean closed;

  /** Closes a descriptor's number. */
  @FunctionalInterface
  public interface Closer {
    void close(int number);
  }

  /** Takes over an open descriptor. */
  public Fd(int number, @org.jspecify.annotations.Nullable Closer closer) {
    this.number = number;
    this.closer = closer == null ? ignored -> {} : closer;
  }

  /**
   * The descriptor's number.
   *
   * @throws IllegalStateException after {@link #close}: the number may be another file's by now
   */
  public synchronized int number() {
    if (closed) {
      throw new IllegalStateException("descriptor " + number + " was closed");
    }
    return number;
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = number >= 0;
      closer.close(number);
    }
  }

  @Override
  public String toString() {
    return number == -100 ? "AT_FDCWD" : "fd " + number;
  }
}
