package top.xtlsoft.stoppablecontainer.agent.activity;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Instant;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.PlainFile;
import top.xtlsoft.stoppablecontainer.api.IdleOrder;

/**
 * The file by which a program keeps its container awake: a time as in RFC 3339 in {@code
 * busy-until} of the pod's request folder. Any process of the pod may write anything there.
 */
final class LeaseFile {

  /** Its name in the folder. */
  static final String NAME = "busy-until";

  /** A time takes less. */
  static final int MOST_BYTES = 64;

  /**
   * What lies there.
   *
   * @param until until when the container is kept awake; empty for no lease
   * @param problem why the file is ignored; empty if it is not
   */
  record Lease(Optional<Instant> until, Optional<String> problem) {

    static final Lease NONE = new Lease(Optional.empty(), Optional.empty());

    private static Lease ignored(String why) {
      return new Lease(Optional.empty(), Optional.of(why));
    }
  }

  private LeaseFile() {}

  /** Reads the lease in a pod's request folder. */
  static Lease read(LinuxSyscalls linux, Fd folder) {
    try (Fd file = PlainFile.open(linux, folder, NAME, MOST_BYTES).orElse(null)) {
      if (file == null) {
        return Lease.NONE;
      }
      String text = new String(linux.read(file, MOST_BYTES), UTF_8).strip();
      Optional<Instant> until = IdleOrder.time(text);
      return until.isPresent()
          ? new Lease(until, Optional.empty())
          : Lease.ignored("it holds no time such as 2030-01-31T18:00:00Z");
    } catch (PlainFile.NotPlainException e) {
      return Lease.ignored(
          "it is no regular file of up to " + MOST_BYTES + " bytes: " + e.getMessage());
    }
  }
}
