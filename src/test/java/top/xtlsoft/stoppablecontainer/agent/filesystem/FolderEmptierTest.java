package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.OpenDescriptors;
import top.xtlsoft.stoppablecontainer.agent.RecordingSyscalls;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.InstanceFolder;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;

/** Removes whatever a container wrote, also after it was interrupted or failed. */
@Timeout(60)
class FolderEmptierTest {

  /** Deeper than the walk goes, several times. */
  private static final int DEEP = 300;

  private final RecordingSyscalls recording = new RecordingSyscalls(new JnrSyscalls());
  @TempDir private Path folder;

  @AfterEach
  void clearInterrupt() {
    Thread.interrupted();
  }

  private void empty() {
    try (Fd fd =
        recording.linux().openat(Fd.CWD, folder.toString(), Linux.O_PATH | Linux.O_DIRECTORY, 0)) {
      new FolderEmptier(recording.linux()).empty(fd);
    }
  }

  /** A chain of folders with a file beside each. */
  private Path chain(String name) throws IOException {
    Path deep = Files.createDirectory(folder.resolve(name));
    for (int i = 0; i < DEEP; i++) {
      Files.createFile(deep.resolve("file"));
      deep = Files.createDirectory(deep.resolve("d"));
    }
    return deep;
  }

  private String[] left() {
    return new File(folder.toString()).list();
  }

  private long openDescriptors() {
    return OpenDescriptors.below(folder);
  }

  @Test
  void removesAllThatIsThere() throws IOException {
    chain("upper");
    Files.writeString(folder.resolve(InstanceFolder.RECORD), "{}");
    Files.createSymbolicLink(folder.resolve("link"), Path.of("/"));
    empty();
    assertEquals(0, left().length);
    empty();
  }

  @Test
  void removesTheRecordLast() throws IOException {
    chain("upper");
    Path record = Files.writeString(folder.resolve(InstanceFolder.RECORD), "{}");
    recording.failAt(-1);
    empty();
    int calls = recording.calls().size();
    chain("upper");
    Files.writeString(record, "{}");
    recording.failAt(calls - 2);
    assertThrows(SyscallException.class, this::empty);
    assertTrue(Files.exists(record), "cut short, the folder says whose it was");
  }

  @Test
  void goesOnAfterItWasInterrupted() throws IOException {
    chain("upper");
    long before = openDescriptors();
    recording.before("renameToNew", Thread.currentThread()::interrupt);
    assertThrows(NotYetException.class, this::empty);
    assertTrue(Thread.interrupted());
    assertEquals(before, openDescriptors());
    empty();
    assertEquals(0, left().length);
  }

  @Test
  void leavesNoDescriptorOpenWhicheverCallFails() throws IOException {
    chain("upper");
    long before = openDescriptors();
    int failures = 0;
    for (int call = 0; left().length > 0; call += 7) {
      recording.failAt(call);
      try {
        empty();
      } catch (SyscallException injected) {
        failures++;
      }
      assertEquals(before, openDescriptors(), "call " + call);
    }
    assertTrue(failures > 20, "calls that failed: " + failures);
  }

  @Test
  void findsAFreeNameForWhatLiesDeep() throws IOException {
    chain("upper");
    // Taken while the removal is on its way: a walk that begins later would empty them first.
    recording.before("renameToNew", () -> takeNames(folder.resolve("upper")));
    empty();
    assertEquals(0, left().length);
  }

  private void takeNames(Path top) {
    Path at = top;
    try {
      for (int i = 0; i < DEEP && Files.exists(at, LinkOption.NOFOLLOW_LINKS); i++) {
        String moved = FolderEmptier.MOVED + Files.getAttribute(at, "unix:ino") + ".0";
        Files.createFile(Files.createDirectory(folder.resolve(moved)).resolve("of-an-earlier-run"));
        at = at.resolve("d");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void waitsForAProcessThatWritesOn() throws IOException {
    Path upper = Files.createDirectory(folder.resolve("upper"));
    RecordingSyscalls.Happening[] writes = new RecordingSyscalls.Happening[1];
    writes[0] =
        () -> {
          Files.createFile(upper.resolve("again"));
          recording.before("unlinkat", () -> recording.before("unlinkat", writes[0]));
        };
    // Before each attempt to remove the folder itself.
    recording.before("unlinkat", () -> recording.before("unlinkat", writes[0]));
    assertThrows(NotYetException.class, this::empty);
    assertFalse(left().length == 0);
    recording.before("", () -> {});
    empty();
    assertEquals(0, left().length);
  }
}
