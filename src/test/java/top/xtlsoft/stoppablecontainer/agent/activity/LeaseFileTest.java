package top.xtlsoft.stoppablecontainer.agent.activity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import top.xtlsoft.stoppablecontainer.agent.activity.LeaseFile.Lease;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;

class LeaseFileTest {

  private final LinuxSyscalls linux = new JnrSyscalls();
  @TempDir private Path folder;

  private Lease read() {
    try (Fd dir = linux.openat(Fd.CWD, folder.toString(), Linux.O_PATH | Linux.O_DIRECTORY, 0)) {
      return LeaseFile.read(linux, dir);
    }
  }

  private void write(String text) throws IOException {
    Files.writeString(folder.resolve("busy-until"), text);
  }

  private void assertIgnored(String part) {
    Lease lease = read();
    assertEquals(Optional.empty(), lease.until());
    assertTrue(lease.problem().orElseThrow().contains(part), lease.toString());
  }

  @Test
  void noFileIsNoLease() {
    assertEquals(new Lease(Optional.empty(), Optional.empty()), read());
  }

  @ParameterizedTest
  @CsvSource({"2030-01-31T18:00:00Z", "2030-01-31T19:00:00+01:00", "2030-01-31T18:00:00.000Z"})
  void readsATime(String time) throws IOException {
    write(time + "\n");
    assertEquals(
        new Lease(Optional.of(Instant.parse("2030-01-31T18:00:00Z")), Optional.empty()), read());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "soon", "2030-01-31", "2030-13-31T18:00:00Z", "\0\0"})
  void ignoresWhatIsNoTime(String text) throws IOException {
    write(text);
    assertIgnored("no time");
  }

  @Test
  void ignoresALargeFile() throws IOException {
    write("2030-01-31T18:00:00Z" + " ".repeat(64));
    assertIgnored("no regular file");
  }

  @Test
  void followsNoLinkAndOpensNothingElse() throws Exception {
    Path other = Files.writeString(folder.resolve("other"), "2030-01-31T18:00:00Z");
    Path lease = Files.createSymbolicLink(folder.resolve("busy-until"), other);
    assertIgnored("no regular file");
    Files.delete(lease);
    Files.createDirectory(lease);
    assertIgnored("no regular file");
    Files.delete(lease);
    assertEquals(0, new ProcessBuilder("mkfifo", lease.toString()).start().waitFor());
    assertIgnored("no regular file");
  }
}
