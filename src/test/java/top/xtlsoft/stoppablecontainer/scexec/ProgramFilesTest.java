package top.xtlsoft.stoppablecontainer.scexec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The program files: they must run in any image and fit in a ConfigMap. */
class ProgramFilesTest {

  private static final Path EMULATOR = Path.of("/usr/bin/qemu-aarch64-static");
  private static final int MAX_BYTES = 64 * 1024;
  private static final int ELF_MAGIC = 0x464c457f;
  private static final int PT_DYNAMIC = 2;
  private static final int PT_INTERP = 3;

  @ParameterizedTest
  @CsvSource({
    "amd64,sc-exec",
    "amd64,pause",
    "amd64,wake",
    "arm64,sc-exec",
    "arm64,pause",
    "arm64,wake"
  })
  void areSmallerThan64KiB(String architecture, String name) throws Exception {
    long bytes = Files.size(Binaries.program(architecture, name));
    assertTrue(bytes < MAX_BYTES, () -> bytes + " bytes");
  }

  @ParameterizedTest
  @CsvSource({
    "amd64,sc-exec,62",
    "amd64,pause,62",
    "amd64,wake,62",
    "arm64,sc-exec,183",
    "arm64,pause,183",
    "arm64,wake,183"
  })
  void areStaticProgramsOfTheirMachine(String architecture, String name, int machine)
      throws Exception {
    ByteBuffer elf =
        ByteBuffer.wrap(Files.readAllBytes(Binaries.program(architecture, name)))
            .order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(ELF_MAGIC, elf.getInt(0));
    assertEquals(machine, elf.getShort(18));

    long headers = elf.getLong(32);
    int size = elf.getShort(54);
    for (int i = 0; i < elf.getShort(56); i++) {
      int type = elf.getInt((int) headers + i * size);
      assertTrue(type != PT_INTERP && type != PT_DYNAMIC, "needs a dynamic linker");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"sc-exec", "pause", "wake"})
  void runOnArm64(String name) {
    List<String> command = new ArrayList<>();
    if (!System.getProperty("os.arch").equals("aarch64")) {
      assertTrue(
          Files.isExecutable(EMULATOR),
          () -> EMULATOR + " is missing: hack/install-tools emulator installs it");
      command.add(EMULATOR.toString());
    }
    command.addAll(List.of(Binaries.program("arm64", name).toString(), "--version"));
    Finished finished = Started.run(command);
    assertEquals(0, finished.exitCode(), finished::stderr);
    assertTrue(finished.stdout().startsWith(name + " "), finished::stdout);
  }
}
