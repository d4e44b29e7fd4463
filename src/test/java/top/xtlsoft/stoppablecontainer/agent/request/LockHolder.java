package top.xtlsoft.stoppablecontainer.agent.request;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import top.xtlsoft.stoppablecontainer.agent.process.ReusedPid;

/** A process that holds a write lock on a file, as sc-exec does, until it is closed. */
final class LockHolder implements AutoCloseable {

  private static final String ENDING =
      """
      import ctypes, fcntl, os, sys, threading, time

      def stay():
          while open("/proc/self/stat").read().rpartition(")")[2].split()[0] != "Z":
              time.sleep(0.01)
          os.write(1, b"l")
          threading.Event().wait()

      request = open(sys.argv[1], "r+")
      fcntl.lockf(request, fcntl.LOCK_EX)
      threading.Thread(target=stay).start()
      SYS_exit = 60 if os.uname().machine == "x86_64" else 93
      ctypes.CDLL(None).syscall(SYS_exit, 0)
      """;

  private final Process process;

  private LockHolder(Process process) {
    this.process = process;
  }

  /** Started once the lock is held. */
  static LockHolder of(Path file) throws IOException {
    return of(file, program(file).start());
  }

  /** The same with a number that another process had. */
  static LockHolder of(Path file, int pid) throws IOException {
    return of(file, ReusedPid.start(pid, program(file)::start));
  }

  /** The same, whose first thread has ended while another one goes on, so that it is ending. */
  static LockHolder endingOf(Path file) throws IOException {
    return of(
        file,
        new ProcessBuilder("python3", "-c", ENDING, file.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start());
  }

  private static ProcessBuilder program(Path file) {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin/java").toString(),
            "-Xmx16m",
            "-XX:TieredStopAtLevel=1",
            // A Java program of another PID namespace may have the file of the same number in
            // /tmp/hsperfdata_*, of which the JDK warns on standard output.
            "-XX:-UsePerfData",
            "-cp",
            System.getProperty("java.class.path"),
            LockHolder.class.getName(),
            file.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT);
  }

  private static LockHolder of(Path file, Process process) throws IOException {
    int answer = process.getInputStream().read();
    if (answer != 'l') {
      process.destroyForcibly();
      throw new IllegalStateException("could not lock " + file + ", answered " + answer);
    }
    return new LockHolder(process);
  }

  /** Locks the file that is named first, and waits to be killed. */
  public static void main(String[] args) throws IOException {
    try (FileChannel channel = FileChannel.open(Path.of(args[0]), StandardOpenOption.WRITE)) {
      channel.lock();
      System.out.print('l');
      System.out.flush();
      System.in.read();
    }
  }

  int pid() {
    return (int) process.pid();
  }

  @Override
  public void close() {
    // onExit() of one that has ended waits for the process that has its number by now.
    if (process.isAlive()) {
      process.destroyForcibly().onExit().join();
    }
  }
}
