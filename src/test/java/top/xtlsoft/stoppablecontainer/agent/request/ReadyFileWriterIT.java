package top.xtlsoft.stoppablecontainer.agent.request;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import top.xtlsoft.stoppablecontainer.agent.AgentSettings;
import top.xtlsoft.stoppablecontainer.agent.RecordingSyscalls;
import top.xtlsoft.stoppablecontainer.agent.Scratch;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.api.ApiNames;

/** An answer goes into the pod's folder and nowhere else, whatever lies there. */
class ReadyFileWriterIT {

  private static final AnsweredContainer CONTAINER = new AnsweredContainer("boot", null, null);
  private static final ReadyFile ANSWER = ReadyFile.mounted("1.2.3", CONTAINER);

  private final LinuxSyscalls linux = new JnrSyscalls();
  private final Pod pod =
      new PodBuilder()
          .withNewMetadata()
          .withName("box")
          .withNamespace("ns")
          .withUid("uid-1")
          .endMetadata()
          .build();
  private Scratch scratch;
  private Path folder;
  private Path outside;
  private ReadyFileWriter writer;
  private PodFolders folders;

  @BeforeEach
  void startPod() throws IOException {
    scratch = new Scratch();
    AgentSettings settings =
        AgentSettings.from(
            Map.of("NODE_NAME", "node1", "SC_KUBELET_ROOT", scratch.path().toString()));
    folders = new PodFolders(linux, settings);
    folder =
        Files.createDirectories(folders.requestFolder(pod).resolveSibling(ApiNames.VOLUME_READY));
    outside = Files.writeString(scratch.path().resolve("outside"), "stays");
    writer = new ReadyFileWriter(linux, folders);
  }

  @AfterEach
  void stopPod() throws IOException {
    assertEquals("stays", Files.readString(outside));
    scratch.close();
  }

  @Test
  void leavesOneFileThatEveryoneMayRead() throws Exception {
    writer.write(pod, ReadyFile.mounted("0.0.0", CONTAINER));
    writer.write(pod, ANSWER);
    assertEquals(ANSWER, writer.read(pod).orElseThrow());
    assertEquals(
        "rw-r--r--",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("ready.json"))));
    try (var files = Files.list(folder)) {
      assertEquals(List.of(folder.resolve("ready.json")), files.toList());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ready.json", ".ready.json.new"})
  void replacesASymlinkAndDoesNotFollowIt(String name) throws Exception {
    Files.createSymbolicLink(folder.resolve(name), outside);
    writer.write(pod, ANSWER);
    assertTrue(Files.isRegularFile(folder.resolve("ready.json"), LinkOption.NOFOLLOW_LINKS));
    assertEquals(ANSWER, writer.read(pod).orElseThrow());
  }

  @ParameterizedTest
  @ValueSource(strings = {"ready.json", ".ready.json.new"})
  void failsOnADirectory(String name) throws Exception {
    Files.createDirectory(folder.resolve(name));
    assertThrows(SyscallException.class, () -> writer.write(pod, ANSWER));
    assertFalse(Files.isRegularFile(folder.resolve("ready.json")));
  }

  @Test
  void readsNoSymlink() throws Exception {
    Files.createSymbolicLink(folder.resolve("ready.json"), outside);
    assertEquals(Optional.empty(), writer.read(pod));
  }

  @ParameterizedTest
  @ValueSource(strings = {"c 10 130", "b 259 9999", "p"})
  void opensNoDeviceAndWaitsForNoFifo(String kind) throws Exception {
    List<String> mknod = new ArrayList<>(List.of("mknod", folder + "/ready.json"));
    mknod.addAll(List.of(kind.split(" ")));
    assertEquals(0, new ProcessBuilder(mknod).start().waitFor());
    RecordingSyscalls recording = new RecordingSyscalls(linux);
    assertEquals(Optional.empty(), new ReadyFileWriter(recording.linux(), folders).read(pod));
    assertFalse(recording.calls().contains("reopen"), recording.calls().toString());
    writer.write(pod, ANSWER);
    assertEquals(ANSWER, writer.read(pod).orElseThrow());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "null", "{", "[]"})
  void ignoresWhatNoAgentWrote(String content) throws Exception {
    Files.writeString(folder.resolve("ready.json"), content);
    assertEquals(Optional.empty(), writer.read(pod));
  }

  @Test
  void goesThroughNoFolderThatIsASymlink() throws Exception {
    Path elsewhere = scratch.folder("elsewhere");
    Files.delete(folder);
    Files.createSymbolicLink(folder, elsewhere);
    assertThrows(SyscallException.class, () -> writer.write(pod, ANSWER));
    assertEquals(0, elsewhere.toFile().list().length);
  }
}
