package top.xtlsoft.stoppablecontainer.agent;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.agent.attach.AttachPlan;
import top.xtlsoft.stoppablecontainer.agent.filesystem.ImageLayers;
import top.xtlsoft.stoppablecontainer.agent.filesystem.OverlayOptions;
import top.xtlsoft.stoppablecontainer.agent.process.MountEntry;
import top.xtlsoft.stoppablecontainer.agent.process.MountInfo;
import top.xtlsoft.stoppablecontainer.agent.process.PodCgroup;
import top.xtlsoft.stoppablecontainer.agent.request.RequestFile;
import top.xtlsoft.stoppablecontainer.api.AgentReason;

/**
 * What pods and the kernel give to the agent, under a fuzzer (make fuzz). In other runs of the
 * tests, what the fuzzer has found before is tried again.
 */
class ParsersFuzzTest {

  @FuzzTest
  void readsRequests(byte[] content) {
    Optional<RequestType> type;
    try {
      type =
          Optional.ofNullable(
                  RequestFile.FORMAT.readValue(new String(content, UTF_8), RequestFile.class))
              .map(RequestFile::type);
    } catch (JsonProcessingException e) {
      return;
    }
    // Whatever is understood says so in plain letters.
    type.ifPresent(
        found ->
            assertTrue(
                new String(content, ISO_8859_1).contains("version")
                    || new String(content, ISO_8859_1).contains("\\u"),
                found.toString()));
  }

  @FuzzTest
  void readsMountTables(byte[] content) {
    String text = new String(content, ISO_8859_1);
    MountInfo mounts;
    try {
      mounts = MountInfo.parse(text);
    } catch (IllegalArgumentException e) {
      return;
    }
    assertTrue(mounts.entries().size() <= text.length());
    if (mounts.root().isPresent()) {
      AttachPlan plan = AttachPlan.of(mounts, mounts.entries().getLast().mountPoint(), true);
      assertTrue(plan.children().size() < mounts.entries().size());
      layersOf(mounts.root().get());
    }
  }

  @FuzzTest
  void readsLayersOfAnOverlay(byte[] content) {
    String options = new String(content, ISO_8859_1);
    layersOf(
        new MountEntry(
            1,
            0,
            "0:1",
            "/",
            "/",
            List.of("rw"),
            false,
            "overlay",
            Arrays.asList(options.split(",", -1))));
  }

  private static void layersOf(MountEntry root) {
    try {
      ImageLayers layers = ImageLayers.of(root);
      assertTrue(
          layers.folders().stream().allMatch(folder -> folder.contains("/")),
          layers.folders()::toString);
      mountsTheSame(layers);
    } catch (RefusedException e) {
      assertEquals(AgentReason.UNSUPPORTED_SNAPSHOTTER, e.reason());
    }
  }

  /** What the kernel writes for any name is read as that name. */
  @FuzzTest
  void takesEscapesOut(byte[] content) {
    String name = new String(content, ISO_8859_1);
    String escaped = escape(name, " \t\n\\#");
    assertEquals(name, MountInfo.unescape(escaped));
    assertFalse(escaped.contains(" ") || escaped.contains("\n"));
    MountInfo.unescape(name);
    String line = "1 0 0:1 %s /p%s rw - ext4 x rw".formatted(escaped, escaped);

    MountEntry mount = MountInfo.parse(line).entries().getFirst();
    assertEquals("/p" + name, mount.mountPoint());
  }

  /** The layers that a mount is given are those that the kernel reads out of its options. */
  @FuzzTest
  void givesTheKernelTheLayersThatWereMeant(byte[] content) {
    List<String> folders =
        Arrays.stream(new String(content, ISO_8859_1).split("\0"))
            .filter(folder -> !folder.isEmpty())
            .toList();
    if (!folders.isEmpty()) {
      mountsTheSame(new ImageLayers(folders));
    }
  }

  private static void mountsTheSame(ImageLayers layers) {
    String options = OverlayOptions.forMount("index=off", layers.folders(), "/u", "/w");
    List<String> split = splitAsTheKernel(options);
    assertEquals(4, split.size(), options);
    assertEquals("upperdir=/u", split.get(2), options);
    assertEquals(
        layers.folders(), ImageLayers.split(split.get(1).substring("lowerdir=".length())), options);
  }

  /** ovl_next_opt() of fs/overlayfs/params.c: a backslash takes the next character along. */
  private static List<String> splitAsTheKernel(String options) {
    List<String> split = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < options.length(); i++) {
      if (options.charAt(i) == '\\') {
        i++;
      } else if (options.charAt(i) == ',') {
        split.add(options.substring(start, i));
        start = i + 1;
      }
    }
    split.add(options.substring(start));
    return split;
  }

  @FuzzTest
  void readsCgroups(byte[] content) {
    String text = new String(content, ISO_8859_1);
    PodCgroup cgroup = PodCgroup.parse(text);
    if (cgroup.isOf("0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f")) {
      assertTrue(cgroup.isOfAnyPod());
    }
    cgroup.containerId().ifPresent(id -> assertTrue(text.contains(id)));
  }

  /** As the kernel's seq_escape(): a backslash and three octal digits. */
  private static String escape(String text, String escaped) {
    StringBuilder out = new StringBuilder();
    for (char c : text.toCharArray()) {
      if (escaped.indexOf(c) >= 0) {
        out.append("\\%03o".formatted((int) c));
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }
}
