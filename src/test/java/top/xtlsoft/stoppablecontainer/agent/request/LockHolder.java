package top.xtlsoft.stoppablecontainer.agent.request;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import top.xtlsoft.stoppablecontainer.agent.process.ReusedPid;

/** A process that holds a write lock on a file, as sc-exec does, until it is closed. */
final class LockHolder implements AutoCloseable {

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

  private static ProcessBuilder program(Path file) {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin/java").toString(),
            "-Xmx16m",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            LockHolder.class.getName(),
            file.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT);
  }

  private static LockHolder of(Path file, Process process) throws IOException {
    if (process.getInputStream().read() != 'l') {
      throw new IllegalStateException("could not lock " + file);
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
    process.destroyForcibly().onExit().join();
  }
}
