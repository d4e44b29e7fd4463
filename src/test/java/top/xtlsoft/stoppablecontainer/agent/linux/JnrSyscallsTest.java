package top.xtlsoft.stoppablecontainer.agent.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls whose answers are larger than a page. */
class JnrSyscallsTest {

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(ints = {1, 100, 255})
  void listsAFolderOfManyNamesOfAnyLength(int length) throws IOException {
    List<String> names =
        IntStream.range(0, length == 1 ? 26 : 2000)
            .mapToObj(i -> length == 1 ? "" + (char) ('a' + i) : ("%0" + length + "d").formatted(i))
            .toList();
    for (String name : names) {
      Files.createFile(folder.resolve(name));
    }
    LinuxSyscalls linux = new JnrSyscalls();
    try (Fd fd = linux.openat(Fd.CWD, folder.toString(), Linux.O_RDONLY | Linux.O_DIRECTORY, 0)) {
      assertEquals(names, linux.list(fd, 10_000).stream().sorted().toList());
    }
  }
}
