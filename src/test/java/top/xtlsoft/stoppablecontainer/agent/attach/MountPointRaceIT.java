package top.xtlsoft.stoppablecontainer.agent.attach;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_DIRECTORY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_PATH;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import jnr.constants.platform.Errno;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.Scratch;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;

/** Mount points in a file system that a container changes while they are made. */
@Timeout(120)
class MountPointRaceIT {

  private static final int ROUNDS = 3000;

  private final LinuxSyscalls linux = new JnrSyscalls();

  @Test
  void makesNothingOutsideWhileFoldersAndLinksTakeTurns() throws Exception {
    try (Scratch scratch = new Scratch()) {
      Path root = scratch.folder("root");
      Path outside = scratch.folder("outside");
      Path folder = Files.createDirectories(root.resolve("a/b"));
      AtomicBoolean done = new AtomicBoolean();
      Thread swapper =
          Thread.ofPlatform()
              .start(
                  () -> {
                    while (!done.get()) {
                      swap(folder, outside);
                    }
                  });
      int made = 0;
      try (Fd fd = linux.openat(Fd.CWD, root.toString(), O_PATH | O_DIRECTORY, 0)) {
        for (int i = 0; i < ROUNDS; i++) {
          made += make(fd, root, "/a/b/../b/c" + i % 7 + "/place" + i % 3, i % 2 == 0) ? 1 : 0;
        }
      } finally {
        done.set(true);
        swapper.join();
      }
      assertTrue(made > 0 && made < ROUNDS, made + " of " + ROUNDS + " could be made");
      assertEquals(List.of(), names(outside));
      assertEquals(List.of("outside", "root"), names(scratch.path()));
    }
  }

  private boolean make(Fd fd, Path root, String path, boolean directory) throws IOException {
    try (Fd place =
        new MountPointMaker(linux).make(fd, Set.of(linux.stat(fd).mountId()), path, directory)) {
      String found = Files.readSymbolicLink(Path.of("/proc/self/fd/" + place.number())).toString();
      assertTrue(found.startsWith(root + "/"), found);
      return true;
    } catch (RefusedException e) {
      return false;
    } catch (SyscallException e) {
      // A part of the path went away, or a name leads through itself: tried again later.
      assertTrue(e.is(Errno.ENOENT, Errno.EAGAIN, Errno.EXDEV), e.getMessage());
      return false;
    }
  }

  private static void swap(Path folder, Path outside) {
    Path aside = folder.resolveSibling("aside");
    try {
      for (Path target :
          List.of(
              outside,
              Path.of("../../outside"),
              Path.of("../../../../../../../../" + outside),
              Path.of("aside/../../../outside"),
              Path.of("b"))) {
        Path link = Files.createSymbolicLink(folder.resolveSibling("link"), target);
        Files.move(folder, aside, StandardCopyOption.ATOMIC_MOVE);
        Files.move(link, folder, StandardCopyOption.ATOMIC_MOVE);
        Files.deleteIfExists(folder);
        Files.move(aside, folder, StandardCopyOption.ATOMIC_MOVE);
      }
    } catch (IOException e) {
      // The maker has put a folder where one was missing for a moment; the next round goes on.
      giveWay(folder, aside);
    }
  }

  private static void giveWay(Path folder, Path aside) {
    for (Path leftover : List.of(folder.resolveSibling("link"), aside)) {
      try {
        new ProcessBuilder("rm", "-rf", leftover.toString()).start().waitFor();
        Files.createDirectories(folder);
      } catch (IOException e) {
        throw new IllegalStateException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static List<String> names(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
