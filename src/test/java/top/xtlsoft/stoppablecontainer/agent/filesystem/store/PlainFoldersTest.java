package top.xtlsoft.stoppablecontainer.agent.filesystem.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;

class PlainFoldersTest {

  private final LinuxSyscalls linux = new JnrSyscalls();
  private final PlainFolders folders = new PlainFolders(linux);

  @TempDir Path temp;

  @Test
  void aFolderThatIsRemovedWhileItIsOpenHasNoNames() throws Exception {
    Path folder = Files.createDirectory(temp.resolve("namespace"));
    Files.createFile(folder.resolve("box"));
    try (Fd open = linux.openat(Fd.CWD, folder.toString(), Linux.O_PATH | Linux.O_DIRECTORY, 0)) {
      assertEquals(List.of("box"), folders.names(open));
      Files.delete(folder.resolve("box"));
      Files.delete(folder);
      assertEquals(List.of(), folders.names(open));
    }
  }
}
