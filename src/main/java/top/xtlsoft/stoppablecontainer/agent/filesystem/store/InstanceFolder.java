package top.xtlsoft.stoppablecontainer.agent.filesystem.store;

import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_CREAT;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_DIRECTORY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_EXCL;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_NOFOLLOW;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_PATH;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_RDONLY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_RDWR;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_WRONLY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_STRICT;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import jnr.constants.platform.Errno;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.FileStatus;
import top.xtlsoft.stoppablecontainer.agent.linux.FileSystemStatus;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.api.AgentReason;

/**
 * The open folder of an instance: {@code upper} with what the container wrote, {@code work} of the
 * overlay, {@code rootfs} where it is mounted, and {@code instance.json}. Where the instance has a
 * size, {@code upper} and {@code work} lie in {@code disk.img}, which is mounted at {@code disk}. A
 * layer's folder has {@code upper} alone, or a {@code disk.img} that holds it; that of a snapshot
 * has {@code instance.json} alone. All is reached from its descriptor; the path is for mount
 * options and people.
 */
public final class InstanceFolder implements AutoCloseable {

  /** Name of the file that holds the {@link FolderRecord}. */
  public static final String RECORD = "instance.json";

  /** Name of the folder on which the file system is mounted. */
  public static final String ROOTFS = "rootfs";

  /** Name of the folder on which the disk image is mounted; there only if there is an image. */
  public static final String DISK = "disk";

  /** Name of the disk image. */
  public static final String DISK_IMAGE = "disk.img";

  /** Name of the disk image that takes the place of one that becomes a layer. */
  private static final String NEXT_DISK_IMAGE = DISK_IMAGE + ".next";

  static final String DRAFT = ".new";

  /** Name of the folder with what the instance wrote. */
  public static final String UPPER = "upper";

  /** Name of the overlay's work folder. */
  public static final String WORK = "work";

  private static final String OVERLAY_XATTRS = "trusted.overlay.";

  /** What an overlay inside the container has as {@link #OVERLAY_XATTRS}. */
  private static final String INNER_OVERLAY_XATTRS = "trusted.overlay.overlay.";

  /** The image's layers and the frozen ones, with some 100 bytes for each. */
  private static final int MAX_RECORD_BYTES = 64 << 10;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final LinuxSyscalls linux;
  private final PlainFolders folders;
  private final Place place;
  private final Fd fd;

  /** A folder that is open; closing this closes the descriptor. */
  InstanceFolder(LinuxSyscalls linux, Place place, Fd fd) {
    this.linux = linux;
    this.folders = new PlainFolders(linux);
    this.place = place;
    this.fd = fd;
  }

  /** Where it was opened. */
  public Place place() {
    return place;
  }

  /** Its descriptor (O_PATH), which this folder closes. */
  public Fd fd() {
    return fd;
  }

  /** Path of the upper folder on the node. */
  public String upperPath() {
    return filesPath() + "/" + UPPER;
  }

  private String filesPath() {
    return hasDisk() ? diskPath() : place.path();
  }

  /** Path on the node of the folder on which the disk image is mounted. */
  public String diskPath() {
    return place.path() + "/" + DISK;
  }

  /** Path that the upper folder in a place has, or would have, on the node. */
  public static String upperPath(Place place) {
    return place.path() + "/" + UPPER;
  }

  /** Path of the overlay's work folder on the node. */
  public String workPath() {
    return filesPath() + "/" + WORK;
  }

  /** Path of the mount point on the node. */
  public String rootfsPath() {
    return place.path() + "/" + ROOTFS;
  }

  /**
   * What {@code instance.json} says; empty when there is none.
   *
   * @throws RefusedException UnknownFolder if it can't be read, UnsupportedFormat if it is newer
   */
  public Optional<FolderRecord> record() {
    try (Fd file = linux.openat2(fd, RECORD, O_RDONLY, 0, RESOLVE_STRICT)) {
      FolderRecord record = JSON.readValue(linux.read(file, MAX_RECORD_BYTES), FolderRecord.class);
      if (record.version() > FolderRecord.VERSION) {
        throw new RefusedException(
            AgentReason.UNSUPPORTED_FORMAT,
            place + " was written by a newer version (format " + record.version() + "): upgrade");
      }
      return Optional.of(record);
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT)) {
        return Optional.empty();
      }
      throw e;
    } catch (IOException e) {
      throw new RefusedException(
          AgentReason.UNKNOWN_FOLDER, place + "/" + RECORD + " can't be read: look at it by hand");
    }
  }

  /** When {@code instance.json} was written, in seconds. */
  public Instant recordTime() {
    return Instant.ofEpochSecond(linux.statAt(fd, RECORD).mtimeSeconds());
  }

  /** What {@code instance.json} says, if the folder belongs to that UID. */
  public Optional<FolderRecord> recordOf(String uid) {
    return record().filter(record -> record.uid().equals(uid));
  }

  /** Writes {@code instance.json}, so that a power cut leaves the old one or the new one. */
  public void write(FolderRecord record) {
    try {
      write(RECORD, JSON.writeValueAsBytes(record), true);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a record of strings is always JSON", e);
    }
  }

  /** The same, and its time stays, which says when a snapshot was taken. */
  public void rewrite(FolderRecord record) {
    FileStatus before = linux.statAt(fd, RECORD);
    write(record);
    try (Fd file = linux.openat2(fd, RECORD, O_RDONLY, 0, RESOLVE_STRICT)) {
      linux.setModified(file, before.mtimeSeconds(), before.mtimeNanos());
    }
  }

  /**
   * Replaces a file of the folder.
   *
   * @param durable whether a power cut leaves the old one or the new one
   */
  public void write(String name, byte[] content, boolean durable) {
    String draft = name + DRAFT;
    folders.removeFile(fd, draft);
    try (Fd file = linux.openat(fd, draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600)) {
      linux.write(file, content);
      if (durable) {
        linux.fsync(file);
      }
    }
    linux.renameat(fd, draft, fd, name);
    if (durable) {
      folders.fsync(fd);
    }
  }

  /** Whether the folder holds nothing but the draft of a record. */
  public boolean isEmpty() {
    return folders.names(fd).stream().allMatch(name -> name.equals(RECORD + DRAFT));
  }

  /** Opens the upper folder, if there is one; empty while its disk image is not mounted. */
  public Optional<Fd> upper() {
    try (Fd files = files().orElse(null)) {
      return files == null ? Optional.empty() : folders.open(files, UPPER);
    }
  }

  /**
   * Opens the folder that holds upper and work: this one, or the root of the mounted disk image.
   *
   * @return empty while its disk image is not mounted
   */
  public Optional<Fd> files() {
    return hasDisk() ? mountedDisk() : Optional.of(linux.openat(fd, ".", O_PATH | O_DIRECTORY, 0));
  }

  private Fd requireFiles() {
    return files()
        .orElseThrow(() -> new IllegalStateException("the disk image is not mounted: " + place));
  }

  /** Whether upper and work lie in a disk image. */
  public boolean hasDisk() {
    return folders.isFolder(fd, DISK);
  }

  /** Makes the folder on which the disk image is mounted, where it is missing. */
  public void makeDiskFolder() {
    folders.make(fd, DISK).close();
  }

  /** Opens the root of the mounted disk image; empty when it is not mounted. */
  public Optional<Fd> mountedDisk() {
    Optional<Fd> disk = folders.open(fd, DISK);
    if (disk.isPresent() && !isMountRoot(disk.get())) {
      disk.get().close();
      return Optional.empty();
    }
    return disk;
  }

  private boolean isMountRoot(Fd folder) {
    try {
      return linux.stat(folder).mountRoot();
    } catch (RuntimeException e) {
      folder.close();
      throw e;
    }
  }

  /** Opens the disk image for reading and writing, if there is one. */
  public Optional<Fd> diskImage() {
    return diskImage(O_RDWR);
  }

  /** Opens the disk image of a layer for reading, if there is one. */
  public Optional<Fd> frozenDiskImage() {
    return diskImage(O_RDONLY);
  }

  private Optional<Fd> diskImage(int flags) {
    try {
      return Optional.of(linux.openat2(fd, DISK_IMAGE, flags, 0, RESOLVE_STRICT));
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Whether there is a disk image. */
  public boolean hasDiskImage() {
    try (Fd image = diskImage().orElse(null)) {
      return image != null;
    }
  }

  /** Bytes of the disk image, if there is one. */
  public Optional<Long> diskBytes() {
    try (Fd image = diskImage().orElse(null)) {
      return image == null ? Optional.empty() : Optional.of(linux.stat(image).sizeBytes());
    }
  }

  /**
   * Makes the disk image, so that a power cut leaves none or all of it.
   *
   * @param fill gets the open file, which is empty
   */
  public void makeDiskImage(Consumer<Fd> fill) {
    makeDiskImage(DISK_IMAGE, fill);
  }

  /** The same for the disk image that takes the place of the present one. */
  public void makeNextDiskImage(Consumer<Fd> fill) {
    dropNextDiskImage();
    makeDiskImage(NEXT_DISK_IMAGE, fill);
  }

  /** Removes the disk image that was to take the place of the present one, if it is there. */
  public void dropNextDiskImage() {
    folders.removeFile(fd, NEXT_DISK_IMAGE);
  }

  private void makeDiskImage(String name, Consumer<Fd> fill) {
    String draft = DISK_IMAGE + DRAFT;
    folders.removeFile(fd, draft);
    try (Fd file = linux.openat(fd, draft, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600)) {
      try {
        fill.accept(file);
        linux.fsync(file);
      } catch (RuntimeException e) {
        // It may have taken the room that others need.
        folders.removeFile(fd, draft);
        throw e;
      }
    }
    linux.renameat(fd, draft, fd, name);
    folders.fsync(fd);
  }

  /** Opens the mount point, or what is mounted on it, if there is one. */
  public Optional<Fd> rootfs() {
    return folders.open(fd, ROOTFS);
  }

  /**
   * Opens the root of the mounted file system.
   *
   * @return empty when it is not mounted
   */
  public Optional<Fd> mountedRoot() {
    Optional<Fd> rootfs = rootfs();
    if (rootfs.isPresent() && !isOverlay(rootfs.get())) {
      rootfs.get().close();
      return Optional.empty();
    }
    return rootfs;
  }

  /** Whether the file system is mounted. */
  public boolean isMounted() {
    try (Fd root = mountedRoot().orElse(null)) {
      return root != null;
    }
  }

  private boolean isOverlay(Fd root) {
    try {
      return linux.stat(root).mountRoot() && linux.fileSystemMagic(root) == Linux.OVERLAYFS_MAGIC;
    } catch (RuntimeException e) {
      root.close();
      throw e;
    }
  }

  /**
   * Makes upper, work and rootfs where they are missing. The root of a new upper looks like the
   * image's: it is what the container sees of {@code /}.
   */
  public void makeLayers(Fd imageRoot) {
    if (!hasUpper()) {
      makeUpper(imageRoot, InstanceFolder::isOfImage);
    }
    makeMountFolders();
  }

  /** The same over a frozen layer, whose root is what a container has seen of {@code /} last. */
  public void makeLayersLike(Supplier<Fd> layer) {
    if (!hasUpper()) {
      try (Fd root = layer.get()) {
        makeUpper(root, InstanceFolder::isOfContainer);
      }
    }
    makeMountFolders();
  }

  /** Makes work and rootfs where they are missing. */
  public void makeMountFolders() {
    makeWork();
    folders.make(fd, ROOTFS).close();
  }

  /** Makes work where it is missing. */
  public void makeWork() {
    try (Fd files = requireFiles()) {
      folders.make(files, WORK).close();
    }
  }

  /** Whether there is an upper folder. */
  public boolean hasUpper() {
    try (Fd upper = upper().orElse(null)) {
      return upper != null;
    }
  }

  /**
   * Makes the upper folder that replaces the present one, and looks like it, under another name.
   * What can't be done fails here, while nothing is changed.
   */
  public void draftUpper() {
    try (Fd upper = upper().orElseThrow()) {
      draftUpper(upper, InstanceFolder::isOfContainer);
    }
    try (Fd draft = folders.open(fd, UPPER + DRAFT).orElseThrow()) {
      folders.fsync(draft);
    }
    folders.fsync(fd);
  }

  /** Whether nothing was written since upper was made. */
  public boolean isUpperEmpty() {
    try (Fd upper = upper().orElse(null)) {
      return upper != null && folders.names(upper).isEmpty();
    }
  }

  /** Replaces an empty upper folder by one that looks like the root of a layer. */
  public void replaceEmptyUpperLike(Fd layer) {
    makeUpper(layer, InstanceFolder::isOfContainer);
    fsyncFiles();
  }

  /** Replaces an empty upper folder by one that looks like the root of an image. */
  public void replaceEmptyUpper(Fd imageRoot) {
    makeUpper(imageRoot, InstanceFolder::isOfImage);
    fsyncFiles();
  }

  private void fsyncFiles() {
    try (Fd files = requireFiles()) {
      folders.fsync(files);
    }
  }

  /** Whether it is a layer that is complete. */
  public boolean isFrozen() {
    return hasUpper() || hasDiskImage();
  }

  /**
   * Moves the disk image, which is not mounted, to the folder of a layer, and the next one in its
   * place: in steps that are done once however often this runs.
   */
  public void freezeDiskInto(InstanceFolder layer) {
    if (!layer.hasDiskImage()) {
      linux.renameToNew(fd, DISK_IMAGE, layer.fd, DISK_IMAGE);
    }
    if (!hasDiskImage()) {
      linux.renameToNew(fd, NEXT_DISK_IMAGE, fd, DISK_IMAGE);
    }
    folders.fsync(layer.fd);
    folders.fsync(fd);
  }

  /**
   * Moves upper to the folder of a layer and puts the draft of the next one in its place, in steps
   * that are done once however often this runs. The overlay's work folder goes along: one that is
   * still mounted somewhere uses it.
   */
  public void freezeInto(InstanceFolder layer) {
    if (!layer.hasUpper()) {
      linux.renameToNew(fd, UPPER, layer.fd, UPPER);
    }
    if (!hasUpper()) {
      moveWorkTo(layer);
      linux.renameToNew(fd, UPPER + DRAFT, fd, UPPER);
    }
    folders.fsync(layer.fd);
    folders.fsync(fd);
  }

  private void moveWorkTo(InstanceFolder layer) {
    try {
      linux.renameToNew(fd, WORK, layer.fd, WORK);
    } catch (SyscallException e) {
      // Moved before, by an agent that was killed.
      if (!e.is(Errno.ENOENT, Errno.EEXIST)) {
        throw e;
      }
    }
  }

  private void makeUpper(Fd like, Predicate<String> isWanted) {
    draftUpper(like, isWanted);
    try (Fd files = requireFiles()) {
      linux.renameat(files, UPPER + DRAFT, files, UPPER);
    }
  }

  private void draftUpper(Fd like, Predicate<String> isWanted) {
    try (Fd files = requireFiles()) {
      folders.removeIfEmpty(files, UPPER + DRAFT);
      try (Fd draft = folders.make(files, UPPER + DRAFT);
          Fd readable = linux.openat(draft, ".", O_RDONLY | O_DIRECTORY, 0)) {
        copyAttributes(like, readable, isWanted);
      }
    }
  }

  /** The label of the runtime's mount is the other container's, not the image's. */
  private static boolean isOfImage(String xattr) {
    return !xattr.equals("security.selinux") && !xattr.startsWith(OVERLAY_XATTRS);
  }

  /** Whether an xattr of a folder of upper is the container's own, and not the overlay's. */
  public static boolean isOfContainer(String xattr) {
    return !xattr.startsWith(OVERLAY_XATTRS) || xattr.startsWith(INNER_OVERLAY_XATTRS);
  }

  private void copyAttributes(Fd from, Fd to, Predicate<String> isWanted) {
    try (Fd readable = linux.openat(from, ".", O_RDONLY | O_DIRECTORY, 0)) {
      FileStatus status = linux.stat(readable);
      linux.fchown(to, status.uid(), status.gid());
      linux.fchmod(to, status.permissions());
      for (String name : linux.listXattrs(readable)) {
        if (isWanted.test(name)) {
          linux.setXattr(to, name, linux.getXattr(readable, name));
        }
      }
      linux.setModified(to, status.mtimeSeconds(), status.mtimeNanos());
    }
  }

  /**
   * Brings to disk what the container wrote: syncfs(2). Without a disk image that waits for all
   * that others wrote to the node's disk as well, as the kernel can't flush one folder alone.
   */
  public void sync() {
    try (Fd disk = mountedDisk().orElse(null)) {
      if (disk == null) {
        sync(fd);
        return;
      }
      sync(disk);
    }
    // The loop device has done that when ext4 flushed it: lo_req_flush() of the kernel's
    // drivers/block/loop.c. A later kernel may not.
    try (Fd image = diskImage().orElse(null)) {
      if (image != null) {
        linux.fsync(image);
      }
    }
  }

  private void sync(Fd folder) {
    try (Fd readable = linux.openat(folder, ".", O_RDONLY | O_DIRECTORY, 0)) {
      linux.syncfs(readable);
    }
  }

  /** The state of the disk that the container writes to: the disk image's, where it is mounted. */
  public FileSystemStatus space() {
    try (Fd disk = mountedDisk().orElse(null)) {
      return linux.fileSystem(disk == null ? fd : disk);
    }
  }

  /** The state of the disk that the folder itself is on. */
  public FileSystemStatus nodeSpace() {
    return linux.fileSystem(fd);
  }

  @Override
  public void close() {
    fd.close();
  }
}
