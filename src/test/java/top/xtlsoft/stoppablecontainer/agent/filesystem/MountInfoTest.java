package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.process.MountEntry;
import top.xtlsoft.stoppablecontainer.agent.process.MountInfo;
import top.xtlsoft.stoppablecontainer.api.AgentReason;

class MountInfoTest {

  private static MountEntry entry(String line) {
    return MountInfo.parse(line).entries().getFirst();
  }

  private static List<String> layers(String superOptions) {
    return ImageLayers.of(entry("1 0 0:1 / / rw - overlay overlay " + superOptions)).folders();
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "/a\\040b,/a b",
        "/a\\011b,/a\tb",
        "/a\\134040,/a\\040",
        "/a\\134,/a\\",
        "/\\0,/\\0"
      })
  void unescapesWhatTheKernelEscaped(String field, String text) {
    assertEquals(text, MountInfo.unescape(field));
  }

  @Test
  void readsALineWithAnyNumberOfOptionalFields() {
    MountEntry mount =
        entry("36 35 98:0 /root\\040x /at rw,ro shared:1 master:2 - ext4 /dev/x rw,a=b\\054c");
    assertEquals(36, mount.id());
    assertEquals(35, mount.parent());
    assertEquals("/root x", mount.root());
    assertEquals("/at", mount.mountPoint());
    assertEquals(List.of("rw", "ro"), mount.options());
    assertEquals("ext4", mount.type());
    assertEquals(List.of("rw", "a=b,c"), mount.superOptions());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1 2 3", "1 2 3:4 / / rw ext4 x rw", "a b 0:1 / / rw - x x x"})
  void refusesWhatIsNoMountinfo(String line) {
    assertThrows(IllegalArgumentException.class, () -> MountInfo.parse(line + "\n"));
  }

  @Test
  void takesTheTopmostMountForTheRoot() {
    MountInfo mounts =
        MountInfo.parse("1 0 0:1 / / rw - rootfs x rw\n2 1 0:2 / / rw - overlay x rw\n");
    assertEquals(2, mounts.root().orElseThrow().id());
  }

  @Test
  void takesLayersInTheirOrder() {
    assertEquals(
        List.of("/s/3/fs", "/s/2/fs"), layers("rw,lowerdir=/s/3/fs:/s/2/fs,upperdir=/s/9/fs"));
  }

  @Test
  void resolvesLayersRelativeToTheSnapshots() {
    assertEquals(
        List.of("/c/snapshots/3/fs", "/c/snapshots/2/fs"),
        layers("rw,lowerdir=3/fs:2/fs,upperdir=/c/snapshots/9/fs,workdir=/c/snapshots/9/work"));
    assertEquals(
        List.of("/var/lib/docker/overlay2/l/AB", "/var/lib/docker/overlay2/l/CD"),
        layers("rw,lowerdir=l/AB:l/CD,upperdir=/var/lib/docker/overlay2/id/diff"));
  }

  @Test
  void takesLayersThatWereAddedOneByOne() {
    assertEquals(List.of("/a:b", "/c"), layers("rw,lowerdir+=/a:b,lowerdir+=/c,upperdir=/s/9/fs"));
  }

  @Test
  void takesEscapesOutOfLayers() {
    assertEquals(
        List.of("/a:b", "/c\\d", "/e,f"),
        layers("rw,lowerdir=/a\\134:b:/c\\134\\134d:/e\\054f,upperdir=/s/9/fs"));
  }

  @Test
  void putsEscapesIntoTheOptionsOfTheMount() {
    assertEquals(
        "index=off,lowerdir=/a\\:b:/c\\\\d:/e\\,f,upperdir=/u,workdir=/w",
        OverlayOptions.forMount("index=off", List.of("/a:b", "/c\\d", "/e,f"), "/u", "/w"));
  }

  @ParameterizedTest
  @CsvSource({
    "/, ext4, a snapshotter on ext4",
    "/containerd/io.containerd.snapshotter.v1.native/snapshots/3, xfs, the snapshotter native on xfs",
    "/@/io.containerd.snapshotter.v1.btrfs/active/7, btrfs, the snapshotter btrfs on btrfs",
    "/var/lib/containers/storage/vfs/dir/0a, ext4, the snapshotter vfs on ext4",
    "/io.containerd.snapshotter.v1.<b>/snapshots/3, ext4, a snapshotter on ext4",
  })
  void refusesARootThatIsNoOverlayByTheNameOfItsSnapshotter(String path, String type, String name) {
    RefusedException refusal =
        assertThrows(
            RefusedException.class,
            () -> ImageLayers.of(entry("1 0 0:1 " + path + " / rw - " + type + " /dev/x rw")));
    assertEquals(AgentReason.UNSUPPORTED_SNAPSHOTTER, refusal.reason());
    assertTrue(refusal.getMessage().contains(" " + name + ","), refusal::getMessage);
  }

  @Test
  void distinguishesOtherLayersAndAnotherOrder() {
    assertEquals(
        3,
        List.of("/a:/b", "/b:/a", "/a").stream()
            .map(list -> new ImageLayers(ImageLayers.split(list)).hash())
            .distinct()
            .count());
  }
}
