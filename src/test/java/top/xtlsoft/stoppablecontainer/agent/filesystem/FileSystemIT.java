package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import top.xtlsoft.stoppablecontainer.agent.FakeContainer;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RecordingSyscalls;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.Scratch;
import top.xtlsoft.stoppablecontainer.agent.attach.AttachRehearsal;
import top.xtlsoft.stoppablecontainer.agent.attach.Attached;
import top.xtlsoft.stoppablecontainer.agent.attach.ContainerAttacher;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.HostFolderStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Place;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Storage;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.StorageSettings;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.FileStatus;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.process.Occupants;
import top.xtlsoft.stoppablecontainer.agent.process.Requester;
import top.xtlsoft.stoppablecontainer.agent.process.ReusedPid;
import top.xtlsoft.stoppablecontainer.agent.process.UserNamespace;
import top.xtlsoft.stoppablecontainer.api.AgentReason;

/** Mount, attach and remove on the real kernel. */
@Timeout(300)
class FileSystemIT {

  private final RecordingSyscalls recording = new RecordingSyscalls(new JnrSyscalls());
  private final Node node = Node.open(recording.linux());
  private final Occupants occupants = new Occupants(recording.linux());
  private final ContainerAttacher attacher =
      new ContainerAttacher(recording.linux(), node, occupants);

  private FileSystemStore store;
  private FileSystemRemover remover;
  private OrphanFolders orphans;
  private FileSystemMounter mounter;
  private Scratch scratch;
  private FakeContainer container;
  private Requester requester;
  private Instance instance;

  @BeforeEach
  void startContainer() throws Exception {
    scratch = new Scratch();
    StorageSettings settings = new StorageSettings(List.of(scratch.path() + "/prefix"));
    store = new HostFolderStore(recording.linux(), node, settings);
    remover = new FileSystemRemover(recording.linux(), node, store);
    orphans = new OrphanFolders(recording.linux(), store, remover, Clock.systemUTC());
    mounter = new FileSystemMounter(recording.linux(), node, store, remover, occupants);
    Path image = scratch.folder("image");
    Files.writeString(image.resolve("of-image"), "image");
    Files.createDirectories(image.resolve("folder/inner"));
    Files.setPosixFilePermissions(
        scratch.folder("own"), PosixFilePermissions.fromString("rwxr-x--x"));
    container = FakeContainer.start(scratch.path());
    requester = Requester.hold(recording.linux(), container.pid()).orElseThrow();
    instance = instance("uid-1");
  }

  @AfterEach
  void stopContainer() throws Exception {
    requester.close();
    container.close();
    remover.remove(store.placeOf(instance));
    scratch.close();
  }

  private Instance instance(String uid) {
    return new Instance("ns", "one", uid, new Storage(scratch.path() + "/prefix"), "image:1");
  }

  private Path folder(String name) {
    return scratch.path().resolve("prefix/ns/one").resolve(name);
  }

  private void mount(Instance instance) {
    mount(instance, ImageLayers.of(requester.mounts().root().orElseThrow()), "never asked for");
  }

  private void mount(Instance instance, ImageLayers layers, String content) {
    try (Fd root = requester.root()) {
      mounter.mount(instance, root, layers, () -> Optional.of(content));
    }
  }

  private FileStatus attach() {
    try (Fd rootfs = mounter.mounted(instance).orElseThrow()) {
      try (Attached attached =
          attacher.attach(requester, rootfs, UserNamespace.ofNode(node), image -> {}, true)) {
        return attached.root();
      }
    }
  }

  private void ofAPod() throws IOException {
    recording.cgroup(
        Files.writeString(
            scratch.path().resolve("cgroup"),
            "0::/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-"
                + "pod0a1b2c3d_0a1b_0a1b_0a1b_0a1b2c3d4e5f.slice/cri-containerd-1.scope\n"));
  }

  private List<String> nodeMounts() throws IOException {
    return Files.readAllLines(Path.of("/proc/1/mountinfo"));
  }

  @Test
  void mountsImageUnderAnEmptyUpper() throws Exception {
    mount(instance);
    assertEquals("image", Files.readString(folder("rootfs/of-image")));
    assertFalse(Files.exists(folder("rootfs/hosts")), "what the runtime wrote is not the image's");
    assertEquals(
        "rwxr-x--x",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(folder("rootfs"))));
  }

  @Test
  void mountsOnceHoweverOftenItIsAsked() throws Exception {
    mount(instance);
    List<String> mounts = nodeMounts();
    mount(instance);
    assertEquals(mounts, nodeMounts());
  }

  @Test
  void keepsItsFolderForRootAlone() throws Exception {
    mount(instance);
    assertEquals(
        "rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder(""))));
  }

  @Test
  void neverReusesTheFolderOfAnotherUid() throws Exception {
    mount(instance);
    Files.writeString(folder("rootfs/secret"), "of the first");
    mount(instance("uid-2"));
    assertFalse(Files.exists(folder("rootfs/secret")));
    assertTrue(mounter.mounted(instance).isEmpty());
  }

  private Path aside(String name) {
    return scratch.path().resolve("prefix/.orphans/ns").resolve(name);
  }

  private Instance adopting(String namespace, String name, String uid) {
    return new Instance(
        namespace,
        name,
        "uid-9",
        new Storage(scratch.path() + "/prefix"),
        "image:1",
        uid.isEmpty() ? null : uid);
  }

  private void setAside() {
    Place place = store.placeOf(instance);
    assertTrue(orphans.setAside(place, "uid-1", "test", uid -> true));
    assertFalse(orphans.setAside(place, "uid-1", "test", uid -> true));
  }

  @Test
  void setsTheFilesOfAnotherUidAside() throws Exception {
    mount(instance);
    Files.writeString(folder("rootfs/work"), "of the first");
    mount(instance("uid-2"));
    assertFalse(Files.exists(folder("rootfs/work")));
    assertEquals("of the first", Files.readString(aside("one_uid-1/upper/work")));
    assertEquals(
        1, nodeMounts().stream().filter(line -> line.contains(folder("rootfs") + " ")).count());
  }

  @Test
  void setsNothingAsideThatIsNoOrphanAnyMore() throws Exception {
    mount(instance);
    Place place = store.placeOf(instance);
    assertFalse(orphans.setAside(place, "uid-1", "test", uid -> false));
    assertFalse(orphans.setAside(place, "uid-2", "test", uid -> true));
    mounter.mounted(instance).orElseThrow().close();
  }

  @Test
  void setsNothingAsideThatAPodUses() throws Exception {
    mount(instance);
    attach();
    ofAPod();
    assertThrows(NotYetException.class, this::setAside);
    assertThrows(NotYetException.class, () -> mount(instance("uid-2")));
    mounter.mounted(instance).orElseThrow().close();
  }

  @Test
  void takesItsOwnFilesUpAgain() throws Exception {
    mount(instance);
    Files.writeString(folder("rootfs/kept"), "kept");
    setAside();
    assertTrue(mounter.mounted(instance).isEmpty());
    mount(instance);
    assertEquals("kept", Files.readString(folder("rootfs/kept")));
    assertEquals(List.of(), orphans.list());
    setAside();
    mount(instance);
    assertEquals("kept", Files.readString(folder("rootfs/kept")));
  }

  @Test
  void adoptsTheFilesOfAnEarlierUid() throws Exception {
    mount(instance);
    Files.writeString(folder("rootfs/kept"), "kept");
    setAside();
    Instance heir = adopting("ns", "two", "uid-1");
    mount(heir);
    assertEquals("kept", Files.readString(scratch.path().resolve("prefix/ns/two/rootfs/kept")));
    assertEquals(List.of(), orphans.list());
    assertEquals("uid-1", store.record(store.placeOf(heir)).orElseThrow().adopted());
    mount(heir);
  }

  @Test
  void adoptsNothingFromAnotherNamespaceOrThatIsNotSetAside() throws Exception {
    mount(instance);
    for (String namespace : List.of("other", "ns")) {
      RefusedException refusal =
          assertThrows(
              RefusedException.class, () -> mount(adopting(namespace, "two", "uid-1")), namespace);
      assertEquals(AgentReason.ADOPTION_REFUSED, refusal.reason());
    }
    mounter.mounted(instance).orElseThrow().close();
    setAside();
    assertThrows(RefusedException.class, () -> mount(adopting("other", "two", "uid-1")));
    assertThrows(RefusedException.class, () -> mount(adopting("ns", "two", "id-1")));
    assertEquals(1, orphans.list().size());
  }

  @Test
  void adoptsNoFilesOfAnotherImage() throws Exception {
    mount(instance);
    mounter.recordContent(instance, "of the first");
    setAside();
    ImageLayers layers = ImageLayers.of(requester.mounts().root().orElseThrow());
    Instance heir = adopting("ns", "two", "uid-1");
    RefusedException refusal =
        assertThrows(RefusedException.class, () -> mount(heir, layers, "of another"));
    assertEquals(AgentReason.ADOPTION_REFUSED, refusal.reason());
    assertEquals(1, orphans.list().size());
    mount(heir, layers, "of the first");
  }

  @Test
  void purgesForGoodAndLetsNoInstanceHaveTheRest() throws Exception {
    mount(instance);
    Files.writeString(folder("rootfs/kept"), "kept");
    setAside();
    Orphan orphan = orphans.measured(orphans.list().getFirst());
    assertTrue(orphan.setAside().bytes() > 0);
    // Cut off in the midst of the removal.
    recording.before("renameat", () -> recording.before("unlinkat", () -> recording.failAt(0)));
    assertThrows(RuntimeException.class, () -> orphans.purge(orphan));
    recording.failAt(-1);
    assertThrows(RefusedException.class, () -> mount(adopting("ns", "two", "uid-1")));
    orphans.purge(orphan);
    assertFalse(Files.exists(aside("one_uid-1")));
  }

  @Test
  void refusesOtherLayersUnderAnExistingUpper() {
    mount(instance);
    new JnrSyscalls().umount(folder("rootfs").toString(), 0);
    ImageLayers other = new ImageLayers(List.of(scratch.path() + "/image"));
    RefusedException refusal =
        assertThrows(RefusedException.class, () -> mount(instance, other, "any"));
    assertEquals(AgentReason.IMAGE_LAYERS_CHANGED, refusal.reason());
    mounter.recordContent(instance, "of the first");
    assertThrows(RefusedException.class, () -> mount(instance, other, "of another"));
    assertTrue(mounter.mounted(instance).isEmpty());
  }

  @Test
  void takesTheSameContentFromOtherFolders() throws Exception {
    ImageLayers before = ImageLayers.of(requester.mounts().root().orElseThrow());
    mount(instance);
    Files.writeString(folder("rootfs/kept"), "kept");
    assertTrue(mounter.lacksContent(instance, before));
    mounter.recordContent(instance, "the same");
    assertFalse(mounter.lacksContent(instance, before));
    new JnrSyscalls().umount(folder("rootfs").toString(), 0);
    Path pulledAgain = scratch.folder("pulled-again");
    Files.writeString(pulledAgain.resolve("of-image"), "image");
    ImageLayers after = new ImageLayers(List.of(pulledAgain.toString()));
    mount(instance, after, "the same");
    assertEquals("kept", Files.readString(folder("rootfs/kept")));
    assertEquals("image", Files.readString(folder("rootfs/of-image")));
    new JnrSyscalls().umount(folder("rootfs").toString(), 0);
    assertThrows(RefusedException.class, () -> mount(instance, before, "of another"));
  }

  @Test
  void refusesOtherContentInTheSameFolders() {
    mount(instance);
    mounter.recordContent(instance, "of the first");
    new JnrSyscalls().umount(folder("rootfs").toString(), 0);
    ImageLayers same = ImageLayers.of(requester.mounts().root().orElseThrow());
    RefusedException refusal =
        assertThrows(RefusedException.class, () -> mount(instance, same, "of another"));
    assertEquals(AgentReason.IMAGE_LAYERS_CHANGED, refusal.reason());
    assertTrue(mounter.mounted(instance).isEmpty());
  }

  @Test
  void mountsAgainWhenTheLayersBelowAreGone() throws Exception {
    Path pulled = scratch.folder("pulled");
    Files.writeString(pulled.resolve("of-image"), "image");
    ImageLayers layers = new ImageLayers(List.of(pulled.toString()));
    mount(instance, layers, "never asked for");
    mounter.recordContent(instance, "the same");
    Files.writeString(folder("rootfs/kept"), "kept");
    mounter.mounted(instance).orElseThrow().close();

    Files.delete(pulled.resolve("of-image"));
    Files.delete(pulled);
    assertTrue(mounter.mounted(instance).isEmpty(), "over folders that are gone");
    Files.createDirectory(pulled);
    assertTrue(mounter.mounted(instance).isEmpty(), "over another folder of that name");
    Files.writeString(pulled.resolve("of-image"), "image");

    assertThrows(RefusedException.class, () -> mount(instance, layers, "of another"));
    mount(instance, layers, "the same");
    assertEquals("kept", Files.readString(folder("rootfs/kept")));
    assertEquals("image", Files.readString(folder("rootfs/of-image")));
    assertEquals(
        1, nodeMounts().stream().filter(line -> line.contains(folder("rootfs") + " ")).count());
  }

  @Test
  void doesNotMountAgainUnderAContainerThatLivesThere() throws Exception {
    Path pulled = scratch.folder("pulled");
    ImageLayers layers = new ImageLayers(List.of(pulled.toString()));
    mount(instance, layers, "never asked for");
    mounter.recordContent(instance, "the same");
    attach();
    ofAPod();
    Files.delete(pulled);
    Files.createDirectory(pulled);
    assertThrows(NotYetException.class, () -> mount(instance, layers, "the same"));
    assertTrue(mounter.mounted(instance).isEmpty());
  }

  @Test
  void givesNoContainerOfAnotherImageItsFileSystem() {
    ImageLayers layers = ImageLayers.of(requester.mounts().root().orElseThrow());
    mount(instance);
    mounter.requireImage(instance, layers, () -> Optional.of("never asked for"));
    ImageLayers other = new ImageLayers(List.of(scratch.path() + "/image"));
    assertThrows(
        RefusedException.class, () -> mounter.requireImage(instance, other, Optional::empty));
    mounter.recordContent(instance, "the same");
    mounter.requireImage(instance, other, () -> Optional.of("the same"));
    RefusedException refusal =
        assertThrows(
            RefusedException.class,
            () -> mounter.requireImage(instance, other, () -> Optional.of("of another")));
    assertEquals(AgentReason.IMAGE_LAYERS_CHANGED, refusal.reason());
  }

  @Test
  void readsARecordWithoutTheContent() throws Exception {
    Path record = folder("instance.json");
    Files.createDirectories(record.getParent());
    ImageLayers layers = ImageLayers.of(requester.mounts().root().orElseThrow());
    Files.writeString(
        record,
        "{\"version\":1,\"uid\":\"uid-1\",\"layers\":\"%s\",\"image\":\"image:1\"}"
            .formatted(layers.hash()));
    assertTrue(mounter.lacksContent(instance, layers));
    mount(instance);
    mounter.mounted(instance).orElseThrow().close();
  }

  @Test
  void refusesAFolderThatNoAgentMade() throws Exception {
    Files.createDirectories(folder("by-hand"));
    RefusedException refusal = assertThrows(RefusedException.class, () -> mount(instance));
    assertEquals(AgentReason.UNKNOWN_FOLDER, refusal.reason());
    Files.delete(folder("by-hand"));
  }

  @Test
  void givesTheContainerItsFileSystem() throws Exception {
    mount(instance);
    FileStatus root = attach();
    assertEquals(Files.getAttribute(container.path("/"), "unix:ino"), root.ino());
    assertEquals(Files.getAttribute(container.path("/"), "unix:dev"), root.dev());
    Files.writeString(container.path("/written"), "by the container");
    assertEquals("by the container", Files.readString(folder("upper/written")));
  }

  @Test
  void takesTheMountsOfTheOldRootAlong() throws Exception {
    mount(instance);
    attach();
    assertEquals("volume\n", Files.readString(container.path("/vol/file")));
    assertEquals("127.0.0.1 localhost\n", Files.readString(container.path("/hosts")));
    assertTrue(container.mounts().contains("/vol/inner tmpfs /"));
    assertEquals("", Files.readString(folder("upper/hosts")), "a mount is no content");
  }

  @Test
  void makesTheWorkingDirectoryThatTheRuntimeMade() throws Exception {
    mount(instance);
    attach();
    assertEquals(
        "rwxr-xr-x",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(folder("upper/work/inner"))));
  }

  @Test
  void leavesWhatLiesInThePlaceOfTheWorkingDirectory() throws Exception {
    mount(instance);
    Files.writeString(folder("upper/work"), "a file");
    attach();
    assertEquals("a file", Files.readString(container.path("/work")));
  }

  @Test
  void attachesOnceHoweverOftenItIsAsked() throws Exception {
    mount(instance);
    attach();
    List<String> mounts = container.mounts();
    attach();
    assertEquals(mounts, container.mounts());
  }

  @Test
  void leavesNothingOfTheAttachOnTheNode() throws Exception {
    mount(instance);
    List<String> mounts = nodeMounts();
    attach();
    assertEquals(mounts, nodeMounts());
  }

  @Test
  void leadsMountPointsNowhereOutOfTheFileSystem() throws Exception {
    mount(instance);
    Path outside = scratch.folder("outside");
    Files.createSymbolicLink(folder("upper/vol"), Path.of("../../../../../../.." + outside + "/x"));
    Files.createSymbolicLink(folder("upper/hosts"), outside.resolve("hosts"));
    attach();
    assertEquals(0, outside.toFile().list().length);
    assertEquals("volume\n", Files.readString(container.path(outside + "/x/file")));
    assertTrue(Files.exists(folder("upper" + outside + "/hosts")));
  }

  @Test
  void refusesAMountPointThatALinkLeadsOntoAnotherMount() throws Exception {
    mount(instance);
    // /usr is laid before /vol and /hosts, in the order of the container's mounts.
    for (String link : List.of("hosts", "vol")) {
      for (String target : List.of("/proc/sys", "proc", "/usr/new", "/")) {
        Files.deleteIfExists(folder("rootfs/" + link));
        Files.createSymbolicLink(folder("rootfs/" + link), Path.of(target));
        List<String> before = container.mounts();
        RefusedException refusal =
            assertThrows(RefusedException.class, this::attach, link + " to " + target);
        assertEquals(AgentReason.MOUNT_POINT_CONFLICT, refusal.reason());
        assertEquals(before, container.mounts());
      }
      Files.delete(folder("rootfs/" + link));
    }
    assertFalse(Files.exists(container.path("/usr/new")));
    attach();
  }

  @Test
  void makesTheRootWritableThoughTheFirstOneIsReadOnly() throws Exception {
    mount(instance);
    Process remount =
        new ProcessBuilder(
                "nsenter",
                "-t",
                Integer.toString(container.pid()),
                "--mount",
                "--root",
                "mount",
                "-o",
                "remount,bind,ro",
                "/")
            .inheritIO()
            .start();
    assertEquals(0, remount.waitFor());
    assertThrows(IOException.class, () -> Files.writeString(container.path("/lost"), "lost"));
    attach();
    Files.writeString(container.path("/kept"), "kept");
    assertEquals("kept", Files.readString(folder("upper/kept")));
  }

  @Test
  void refusesAMountPointOfTheOtherKind() throws Exception {
    mount(instance);
    List<String> before = container.mounts();
    Files.createDirectory(folder("upper/hosts"));
    RefusedException refusal = assertThrows(RefusedException.class, this::attach);
    assertEquals(AgentReason.MOUNT_POINT_CONFLICT, refusal.reason());
    assertEquals(before, container.mounts());
  }

  @Test
  void leavesTheContainerAsItWasWhicheverCallFails() throws Exception {
    mount(instance);
    List<String> before = container.mounts();
    List<String> node = nodeMounts();
    int failing = 0;
    while (!attachFailingAt(failing)) {
      assertEquals(before, container.mounts(), "after " + recording.calls());
      assertEquals(node, nodeMounts(), "after " + recording.calls());
      failing++;
      assertTrue(failing < 1000, "pivot_root is never reached: " + recording.calls());
    }
    assertTrue(failing > 40, "injected into each call up to pivot_root, " + failing);
  }

  /** Attaches with one call failing; whether that was after the new root had taken over. */
  private boolean attachFailingAt(int index) {
    recording.failAt(index);
    assertThrows(RuntimeException.class, this::attach, "unnoticed failure of call " + index);
    int pivot = recording.calls().indexOf("pivotRootHere");
    return pivot >= 0 && index > pivot;
  }

  @Test
  void attachesNoProcessWithTheReusedPidOfTheRequester() throws Exception {
    ReusedPid.inRounds(
        () -> {
          stopContainer();
          startContainer();
          mount(instance);
          int pid = container.pid();
          container.close();
          container = FakeContainer.start(scratch.path(), pid);
        });
    List<String> before = container.mounts();
    assertThrows(NotYetException.class, this::attach);
    assertEquals(before, container.mounts());
    assertFalse(requester.isAlive());
  }

  @Test
  void distinguishesAProcessThatEndsDuringTheAttachFromAFailure() throws Exception {
    for (String call : List.of("openat", "owningUserNamespace", "setnsMount", "moveMount")) {
      mount(instance);
      recording.before(call, container::close);
      assertThrows(NotYetException.class, this::attach, call);
      stopContainer();
      startContainer();
    }
  }

  @Test
  void removesAllAndFollowsNoSymlink() throws Exception {
    mount(instance);
    Path outside = scratch.folder("outside");
    Files.writeString(outside.resolve("file"), "stays");
    Files.createSymbolicLink(folder("rootfs/link"), outside);
    Path deep = folder("rootfs");
    for (int i = 0; i < 300; i++) {
      deep = Files.createDirectory(deep.resolve("d"));
    }
    Files.writeString(deep.resolve("file"), "goes");
    Files.delete(folder("rootfs/of-image"));
    remover.remove(store.placeOf(instance));
    assertFalse(Files.exists(folder(""), LinkOption.NOFOLLOW_LINKS));
    assertFalse(Files.exists(scratch.path().resolve("prefix/ns"), LinkOption.NOFOLLOW_LINKS));
    assertEquals("stays", Files.readString(outside.resolve("file")));
    remover.remove(store.placeOf(instance));
  }

  @Test
  void doesNotRemoveWhatIsMountedInTheFolder() throws Exception {
    mount(instance);
    Path other = scratch.folder("other");
    Files.writeString(other.resolve("file"), "stays");
    Path at = Files.createDirectory(folder("upper/at"));
    new JnrSyscalls().mount(other.toString(), at.toString(), "none", 4096, "");
    assertThrows(IllegalStateException.class, () -> remover.remove(store.placeOf(instance)));
    assertEquals("stays", Files.readString(other.resolve("file")));
    new JnrSyscalls().umount(at.toString(), 0);
  }

  @Test
  void removesWhatAContainerStillUses() throws Exception {
    mount(instance);
    attach();
    remover.remove(store.placeOf(instance));
    assertFalse(Files.exists(folder("")));
  }

  @Test
  void deletesNothingUnderAPodsLivingProcess() throws Exception {
    mount(instance);
    attach();
    Files.writeString(container.path("/written"), "by the container");
    ofAPod();
    Place place = store.placeOf(instance);
    NotYetException wait = assertThrows(NotYetException.class, () -> remover.remove(place));
    assertTrue(wait.tryAgain());
    assertEquals("by the container", Files.readString(container.path("/written")));
    mounter.mounted(instance).orElseThrow().close();
    container.close();
    remover.remove(place);
    assertFalse(Files.exists(folder("")));
  }

  @Test
  void rehearsalLeavesNothingBehind() throws Exception {
    List<String> before = nodeMounts();
    recording.failAt(-1);
    new AttachRehearsal(recording.linux(), node, attacher).run();
    assertEquals(before, nodeMounts());
    assertEquals(10, recording.calls().stream().filter("pivotRootHere"::equals).count());
  }
}
