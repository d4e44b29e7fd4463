package top.xtlsoft.stoppablecontainer.agent.linux;

import jnr.constants.platform.Errno;

/** A system call failed. */
public final class SyscallException extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final String call;
  private final Errno errno;

  /**
   * A failure that the kernel reported.
   *
   * @param call name of the system call
   * @param errno error number, read on the calling thread directly after the call
   * @param arguments readable arguments, for the message
   */
  public SyscallException(String call, Errno errno, String arguments) {
    super(call + "(" + arguments + "): " + errno.description() + " (" + errno.name() + ")");
    this.call = call;
    this.errno = errno;
  }

  /** What failed and why, without the paths, descriptors and numbers of processes. */
  public String summary() {
    return call + " failed: " + errno.description() + " (" + errno.name() + ")";
  }

  /** Name of the system call. */
  public String call() {
    return call;
  }

  /** The error number. */
  public Errno errno() {
    return errno;
  }

  /** Whether the error number is one of these. */
  public boolean is(Errno... any) {
    for (Errno one : any) {
      if (one == errno) {
        return true;
      }
    }
    return false;
  }
}
