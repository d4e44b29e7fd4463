package top.xtlsoft.stoppablecontainer.agent.linux;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Linux' system calls as the agent needs them. Each throws {@link SyscallException} when the kernel
 * refuses; only errors that a caller is meant to tell apart are named below.
 *
 * <p>Those that change the calling thread's view of the file system ({@link #unshareFs}, {@link
 * #setnsMount}, {@link #setnsNetwork}, {@link #setFileSystemUser}, {@link #fchdir}, {@link
 * #chrootToCurrentDirectory}, {@link #pivotRootHere}) must only be called on a {@link
 * NamespaceThread}.
 */
public interface LinuxSyscalls {

  /**
   * openat(2); O_CLOEXEC is always set.
   *
   * @throws SyscallException ENOENT, ENOTDIR, ELOOP, EEXIST as in the man page
   */
  Fd openat(Fd dir, String path, int flags, int mode);

  /**
   * openat2(2); O_CLOEXEC is always set.
   *
   * @param resolve {@code RESOLVE_} flags of {@link Linux}
   * @throws SyscallException ELOOP or EXDEV when the path leaves what {@code resolve} allows
   */
  Fd openat2(Fd dir, String path, int flags, int mode, long resolve);

  /**
   * Opens what an O_PATH descriptor stands for, whatever its name leads to by now: open(2) of its
   * link in proc(5). O_CLOEXEC is always set.
   *
   * @throws SyscallException ENXIO, EACCES as in the man page
   */
  Fd reopen(Fd path, int flags);

  /** statx(2) of a descriptor. */
  FileStatus stat(Fd fd);

  /**
   * statx(2) of what has that name in a folder; a symlink is not followed, nothing is mounted.
   *
   * @throws SyscallException ENOENT if there is nothing
   */
  FileStatus statAt(Fd dir, String name);

  /**
   * statx(2) of a name, symlinks followed.
   *
   * @throws SyscallException ENOENT; ESRCH in the folder of a process that has ended
   */
  FileStatus stat(Fd dir, String path);

  /**
   * What the kernel knows of a file without asking its file system's server: statx(2) with an empty
   * mask and AT_STATX_DONT_SYNC, symlinks followed. Neither a FUSE daemon nor an NFS server is
   * waited for, and one that forbids all access does not matter (fuse_getattr() of the kernel's
   * fs/fuse/dir.c). Device and mount are right; all else may be 0 or out of date.
   *
   * @throws SyscallException ENOENT; ESRCH in the folder of a process that has ended
   */
  FileStatus look(Fd dir, String path);

  /** The same, of a descriptor. */
  FileStatus look(Fd fd);

  /** fstatfs(2): the magic number of the file system. */
  default long fileSystemMagic(Fd fd) {
    return fileSystem(fd).magic();
  }

  /** fstatfs(2). */
  FileSystemStatus fileSystem(Fd fd);

  /**
   * Reads the file from its current offset to its end.
   *
   * @param mostBytes at most so many bytes are read
   */
  byte[] read(Fd fd, int mostBytes);

  /** Writes all of it. */
  void write(Fd fd, byte[] content);

  /** Target of the symlink {@code name}, empty when it is no symlink or not there. */
  Optional<String> readlinkat(Fd dir, String name);

  /**
   * mkdirat(2).
   *
   * @throws SyscallException EEXIST if there is something of that name
   */
  void mkdirat(Fd dir, String name, int mode);

  /**
   * unlinkat(2).
   *
   * @param directory whether a directory is removed
   * @throws SyscallException ENOENT; ENOTEMPTY; EBUSY if it is a mount point
   */
  void unlinkat(Fd dir, String name, boolean directory);

  /** renameat(2), over what is there. */
  void renameat(Fd fromDir, String from, Fd toDir, String to);

  /**
   * renameat2(2) with RENAME_NOREPLACE.
   *
   * @throws SyscallException EEXIST if there is something of that name; ENOENT; EXDEV
   */
  void renameToNew(Fd fromDir, String from, Fd toDir, String to);

  void fchmod(Fd fd, int permissions);

  void fchown(Fd fd, int uid, int gid);

  /** fchownat(2) of what has that name; a symlink is not followed. */
  void chownAt(Fd dir, String name, int uid, int gid);

  /** utimensat(2) of a descriptor: sets the last change of the contents and leaves the rest. */
  void setModified(Fd fd, long seconds, long nanos);

  /** The same of what has that name; a symlink is not followed, and nothing is opened. */
  void setModifiedAt(Fd dir, String name, long seconds, long nanos);

  /**
   * linkat(2): gives what is no folder one more name. A symlink is not followed.
   *
   * @throws SyscallException EXDEV in another mount; EMLINK if it has all the names that it can
   *     have; EPERM if it is immutable; EEXIST
   */
  void linkat(Fd fromDir, String from, Fd toDir, String to);

  /**
   * mknodat(2) of the character device 0/0, which hides a name of the layers below. It needs no
   * CAP_MKNOD (vfs_mknod() of the kernel's fs/namei.c).
   */
  void makeWhiteout(Fd dir, String name);

  /**
   * symlinkat(2).
   *
   * @throws SyscallException EEXIST if there is something of that name
   */
  void symlinkat(String target, Fd dir, String name);

  /**
   * sendfile(2): copies from the current offset of one file to that of another, within the kernel.
   *
   * @param mostBytes at most so many bytes are copied
   * @return the bytes that were copied, fewer than wanted only at the end of the file
   */
  long copy(Fd from, Fd to, long mostBytes);

  /**
   * fallocate(2): makes a file so long, and has the disk keep room for all of it. What is new reads
   * as zeros.
   *
   * @throws SyscallException ENOSPC; EOPNOTSUPP where the file system can't
   */
  void allocate(Fd file, long bytes);

  /**
   * ioctl(LOOP_CTL_GET_FREE) on {@code /dev/loop-control}: the number of a loop device that is not
   * in use, which may be in use by the time of its opening.
   */
  int freeLoopDevice(Fd control);

  /**
   * ioctl(LOOP_CONFIGURE): attaches a file to a loop device, with direct I/O where the file system
   * can. The device is detached when its last user, an open descriptor or a mount, is gone.
   *
   * @param blockBytes size of its blocks
   * @throws SyscallException EBUSY if the device is in use
   */
  void attachLoop(Fd loop, Fd file, int blockBytes);

  /** ioctl(LOOP_GET_STATUS64): the file that a loop device shows; empty for one not in use. */
  Optional<LoopFile> loopFile(Fd loop);

  /** ioctl(LOOP_SET_CAPACITY): makes a loop device as large as its file is by now. */
  void growLoop(Fd loop);

  /**
   * ioctl(EXT4_IOC_RESIZE_FS): makes a mounted ext4 file system larger; one of that size stays.
   *
   * @param root any folder of it, open for reading
   * @param blocks its new size in its own blocks
   * @throws SyscallException EPERM without CAP_SYS_RESOURCE; EINVAL for fewer blocks than it has
   */
  void growExt4(Fd root, long blocks);

  /**
   * ioctl(FITRIM): a mounted file system gives the blocks that are free back to its disk.
   *
   * @param root any folder of it, open for reading
   * @throws SyscallException EOPNOTSUPP where the disk can't
   */
  void trim(Fd root);

  /** fsync(2). */
  void fsync(Fd fd);

  /** syncfs(2): returns when all that was written to the file system of {@code fd} is on disk. */
  void syncfs(Fd fd);

  /**
   * getdents64(2): names in a directory opened for reading, without {@code .} and {@code ..}.
   *
   * @param mostNames the list ends after about so many; call again with a fresh descriptor for more
   */
  List<String> list(Fd dir, int mostNames);

  List<String> listXattrs(Fd fd);

  byte[] getXattr(Fd fd, String name);

  /**
   * fsetxattr(2).
   *
   * @throws SyscallException EOPNOTSUPP where the file system has none
   */
  void setXattr(Fd fd, String name, byte[] value);

  /**
   * fremovexattr(2).
   *
   * @throws SyscallException ENODATA if there is none of that name
   */
  void removeXattr(Fd fd, String name);

  /** fcntl(F_GETLK) for a write lock on the whole file: the process that holds a lock, if any. */
  OptionalInt lockHolder(Fd fd);

  /**
   * pidfd_open(2).
   *
   * @throws SyscallException ESRCH if there is no such process
   */
  Fd pidfdOpen(int pid);

  /** Whether the process of a pidfd has ended. */
  boolean hasEnded(Fd pidfd);

  /**
   * pidfd_send_signal(2) with SIGKILL.
   *
   * @throws SyscallException ESRCH if the process has ended
   */
  void kill(Fd pidfd);

  /** ioctl(NS_GET_USERNS): the user namespace that owns a namespace. */
  Fd owningUserNamespace(Fd namespace);

  /**
   * ioctl(NS_GET_PARENT): the user namespace that a user namespace was made in.
   *
   * @throws SyscallException EPERM if there is none, or none that the caller may see
   */
  Fd parentUserNamespace(Fd userNamespace);

  /**
   * setfsuid(2) and setfsgid(2): the calling thread makes files as this user from now on, with all
   * capabilities that it has been permitted. Where owners are mapped, the kernel lets only users of
   * the map make files (fsuidgid_has_mapping() of its include/linux/fs.h).
   *
   * @throws SyscallException EPERM without CAP_SETUID and CAP_SETGID
   */
  void setFileSystemUser(int uid, int gid);

  /** setpriority(2): the calling thread gets the lowest CPU and disk priority, permanently. */
  void niceThread();

  /** unshare(CLONE_FS): the calling thread gets root and working directory of its own. */
  void unshareFs();

  /** unshare(CLONE_FS | CLONE_NEWNS): the calling thread gets a mount namespace of its own. */
  void unshareMountNamespace();

  /** setns(2) into a mount namespace; root and working directory become that namespace's root. */
  void setnsMount(Fd namespace);

  /** setns(2) into a network namespace. */
  void setnsNetwork(Fd namespace);

  /**
   * socket(2) of the family that answers questions about sockets, see sock_diag(7). It asks the
   * network namespace that the calling thread is in now, whichever thread uses it later.
   */
  Fd socketDiagnosis();

  /**
   * read(2), once: of a socket, one message.
   *
   * @param mostBytes what is longer is cut
   */
  byte[] readOnce(Fd fd, int mostBytes);

  void fchdir(Fd dir);

  /** chroot("."). */
  void chrootToCurrentDirectory();

  /**
   * pivot_root(".", "."): the mount that is the working directory becomes the root of the mount
   * namespace, and of each process in it whose root was the old one; the old root then lies on top
   * of the working directory.
   *
   * @throws SyscallException EINVAL if a mount involved is shared
   */
  void pivotRootHere();

  /**
   * mount(2).
   *
   * @throws SyscallException EINVAL for options or a file system that don't fit; ENOENT
   */
  void mount(String source, String target, String type, long flags, String options);

  /**
   * umount2(2).
   *
   * @throws SyscallException EINVAL if nothing is mounted there; EBUSY if it is in use; ENOENT
   */
  void umount(String target, int flags);

  /**
   * open_tree(2) with OPEN_TREE_CLONE: a detached copy of the mount at {@code fd}.
   *
   * @param recursive with the mounts below it
   * @throws SyscallException EINVAL if the mount is not in the thread's mount namespace
   */
  Fd cloneMount(Fd fd, boolean recursive);

  /** move_mount(2): lays a (detached) mount over {@code target}. */
  void moveMount(Fd mount, Fd target);

  /**
   * mount_setattr(2).
   *
   * @param attributes {@code MOUNT_ATTR_} flags of {@link Linux} to set
   * @param propagation {@code MS_PRIVATE}, {@code MS_SHARED} or 0
   */
  void mountSetattr(Fd mount, boolean recursive, long attributes, long propagation);

  /** mount_setattr(2) that takes {@code MOUNT_ATTR_} flags away from one mount. */
  void clearMountAttributes(Fd mount, long attributes);

  /**
   * mount_setattr(2) with MOUNT_ATTR_IDMAP: maps the owners of all files of a detached mount into a
   * user namespace.
   *
   * @throws SyscallException EINVAL if its file system can't; EPERM if it is mapped already
   */
  void mapOwners(Fd mount, Fd userNamespace);

  /** fsopen(2). */
  Fd fsopen(String type);

  /** fsconfig(2) with FSCONFIG_SET_STRING; the kernel takes at most 255 bytes of value. */
  void fsconfigString(Fd context, String key, String value);

  /** fsconfig(2) with FSCONFIG_SET_FLAG. */
  void fsconfigFlag(Fd context, String key);

  /** fsconfig(2) with FSCONFIG_CMD_CREATE. */
  void fsconfigCreate(Fd context);

  /** fsmount(2): the detached mount of what was configured. */
  Fd fsmount(Fd context);
}
