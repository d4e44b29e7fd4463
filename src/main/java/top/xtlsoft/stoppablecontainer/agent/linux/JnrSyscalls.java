package top.xtlsoft.stoppablecontainer.agent.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import jnr.constants.platform.Errno;
import jnr.ffi.Pointer;

/**
 * {@link LinuxSyscalls} through JNR and libc's {@code syscall(2)}: most calls are younger than the
 * C libraries in use, and those that are not have structures that differ between architectures.
 */
public final class JnrSyscalls implements LinuxSyscalls {

  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int AT_RECURSIVE = 0x8000;
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int AT_NO_AUTOMOUNT = 0x800;
  private static final int AT_REMOVEDIR = 0x200;
  private static final int AT_STATX_DONT_SYNC = 0x4000;
  private static final int S_IFCHR = 0020000;
  private static final int SIGKILL = 9;
  private static final int F_GETLK = 5;
  private static final short F_WRLCK = 1;
  private static final short F_UNLCK = 2;
  private static final long CLONE_FS = 0x200;
  private static final long CLONE_NEWNS = 0x20000;
  private static final long CLONE_NEWNET = 0x40000000;
  private static final int AF_NETLINK = 16;
  private static final int SOCK_DGRAM = 2;
  private static final int NETLINK_SOCK_DIAG = 4;
  private static final int LOOP_GET_STATUS64 = 0x4c05;
  private static final int LOOP_SET_CAPACITY = 0x4c07;
  private static final int LOOP_CONFIGURE = 0x4c0a;
  private static final int LOOP_CTL_GET_FREE = 0x4c82;
  private static final int LOOP_INFO_BYTES = 232;
  private static final int LOOP_INFO_FLAGS = 52;
  private static final int LOOP_CONFIG_BYTES = 304;
  private static final int LOOP_CONFIG_FLAGS = 8 + LOOP_INFO_FLAGS;
  private static final int LO_FLAGS_AUTOCLEAR = 4;
  private static final int LO_FLAGS_DIRECT_IO = 16;

  /** _IOW('f', 16, __u64). */
  private static final int EXT4_IOC_RESIZE_FS = 0x40086610;

  private static final int FITRIM = 0xC0185879;

  private static final int NS_GET_USERNS = 0xb701;
  private static final int NS_GET_PARENT = 0xb702;

  /** Of capget(2). */
  private static final int CAPABILITY_VERSION_3 = 0x20080522;

  private static final int POLLIN = 1;
  private static final long ST_RDONLY = 1;
  private static final int OPEN_TREE_CLONE = 1;
  private static final int MOVE_MOUNT_F_EMPTY_PATH = 0x4;
  private static final int MOVE_MOUNT_T_EMPTY_PATH = 0x40;
  private static final int FSCONFIG_SET_FLAG = 0;
  private static final int FSCONFIG_SET_STRING = 1;
  private static final int FSCONFIG_CMD_CREATE = 6;
  private static final int RENAME_NOREPLACE = 1;
  private static final int DIRENTS_BYTES = 1 << 15;

  /**
   * Bytes. Files of /proc, which are most of what is read, give about a page of 4 KiB at a time.
   */
  private static final int READ_BYTES = 1 << 14;

  /** sendfile(2) takes a little less than 2 GiB at a time. */
  private static final long COPY_BYTES = 1 << 30;

  private static final long UTIME_OMIT = (1L << 30) - 2;

  /** XATTR_SIZE_MAX and XATTR_LIST_MAX. */
  private static final int XATTR_BYTES = 1 << 16;

  /** NAME_MAX and the end of the string. */
  private static final int NAME_BYTES = 256;

  private final LibC libc = new LibC();

  private NativeMemory memory(int bytes) {
    return libc.memory(bytes);
  }

  private long call(Call call, Object... arguments) {
    return libc.call(call, arguments);
  }

  private Fd fd(long number) {
    return new Fd((int) number, n -> libc.tryCall(Call.CLOSE, n));
  }

  @Override
  public Fd openat(Fd dir, String path, int flags, int mode) {
    return fd(call(Call.OPENAT, dir, path, flags | Linux.O_CLOEXEC, mode));
  }

  @Override
  public Fd openat2(Fd dir, String path, int flags, int mode, long resolve) {
    try (NativeMemory how = memory(24)) {
      how.pointer().putLong(0, Integer.toUnsignedLong(flags | Linux.O_CLOEXEC));
      how.pointer().putLong(8, mode);
      how.pointer().putLong(16, resolve);
      return fd(call(Call.OPENAT2, dir, path, how, 24));
    }
  }

  @Override
  public Fd reopen(Fd path, int flags) {
    return openat(Fd.CWD, "/proc/thread-self/fd/" + path.number(), flags, 0);
  }

  @Override
  public FileStatus stat(Fd fd) {
    return statx(fd, "", AT_EMPTY_PATH, Statx.MASK);
  }

  @Override
  public FileStatus stat(Fd dir, String path) {
    return statx(dir, path, 0, Statx.MASK);
  }

  @Override
  public FileStatus statAt(Fd dir, String name) {
    return statx(dir, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, Statx.MASK);
  }

  @Override
  public FileStatus look(Fd dir, String path) {
    return statx(dir, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, 0);
  }

  @Override
  public FileStatus look(Fd fd) {
    return statx(fd, "", AT_STATX_DONT_SYNC | AT_EMPTY_PATH, 0);
  }

  private FileStatus statx(Fd dir, String name, int flags, int mask) {
    try (NativeMemory s = memory(Statx.BYTES)) {
      call(Call.STATX, dir, name, flags, mask, s);
      return Statx.status(s.pointer());
    }
  }

  @Override
  public FileSystemStatus fileSystem(Fd fd) {
    // struct statfs of 64-bit machines: type, bsize, blocks, bfree, bavail, files, ffree, fsid,
    // namelen, frsize, flags, each a long.
    try (NativeMemory memory = memory(256)) {
      call(Call.FSTATFS, fd, memory);
      Pointer s = memory.pointer();
      return new FileSystemStatus(
          s.getLong(0),
          s.getLong(72),
          s.getLong(16),
          s.getLong(24),
          s.getLong(32),
          s.getLong(40),
          s.getLong(48),
          (s.getLong(80) & ST_RDONLY) != 0);
    }
  }

  @Override
  public byte[] read(Fd fd, int mostBytes) {
    int chunk = Math.min(mostBytes, READ_BYTES);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    try (NativeMemory buffer = memory(Math.max(chunk, 1))) {
      while (all.size() < mostBytes) {
        int length = (int) call(Call.READ, fd, buffer, Math.min(chunk, mostBytes - all.size()));
        if (length == 0) {
          break;
        }
        all.writeBytes(bytes(buffer, length));
      }
    }
    return all.toByteArray();
  }

  @Override
  public void write(Fd fd, byte[] content) {
    try (NativeMemory buffer = memory(Math.max(content.length, 1))) {
      buffer.pointer().put(0, content, 0, content.length);
      int done = 0;
      while (done < content.length) {
        done += (int) call(Call.WRITE, fd, buffer.pointer().slice(done), content.length - done);
      }
    }
  }

  @Override
  public Optional<String> readlinkat(Fd dir, String name) {
    try (NativeMemory buffer = memory(4096)) {
      int length = (int) call(Call.READLINKAT, dir, name, buffer, 4096);
      return Optional.of(new String(bytes(buffer, length), ISO_8859_1));
    } catch (SyscallException e) {
      if (e.is(Errno.EINVAL, Errno.ENOENT)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  @Override
  public void mkdirat(Fd dir, String name, int mode) {
    call(Call.MKDIRAT, dir, name, mode);
  }

  @Override
  public void unlinkat(Fd dir, String name, boolean directory) {
    call(Call.UNLINKAT, dir, name, directory ? AT_REMOVEDIR : 0);
  }

  @Override
  public void renameat(Fd fromDir, String from, Fd toDir, String to) {
    call(Call.RENAMEAT2, fromDir, from, toDir, to, 0);
  }

  @Override
  public void renameToNew(Fd fromDir, String from, Fd toDir, String to) {
    call(Call.RENAMEAT2, fromDir, from, toDir, to, RENAME_NOREPLACE);
  }

  @Override
  public void fchmod(Fd fd, int permissions) {
    call(Call.FCHMOD, fd, permissions);
  }

  @Override
  public void fchown(Fd fd, int uid, int gid) {
    call(Call.FCHOWN, fd, uid, gid);
  }

  @Override
  public void chownAt(Fd dir, String name, int uid, int gid) {
    call(Call.FCHOWNAT, dir, name, uid, gid, AT_SYMLINK_NOFOLLOW);
  }

  @Override
  public void setModified(Fd fd, long seconds, long nanos) {
    try (NativeMemory times = modified(seconds, nanos)) {
      call(Call.UTIMENSAT, fd, 0, times, 0);
    }
  }

  @Override
  public void setModifiedAt(Fd dir, String name, long seconds, long nanos) {
    try (NativeMemory times = modified(seconds, nanos)) {
      call(Call.UTIMENSAT, dir, name, times, AT_SYMLINK_NOFOLLOW);
    }
  }

  /** struct timespec twice: last access, last change. */
  private NativeMemory modified(long seconds, long nanos) {
    NativeMemory times = memory(32);
    times.pointer().putLong(8, UTIME_OMIT);
    times.pointer().putLong(16, seconds);
    times.pointer().putLong(24, nanos);
    return times;
  }

  @Override
  public void linkat(Fd fromDir, String from, Fd toDir, String to) {
    call(Call.LINKAT, fromDir, from, toDir, to, 0);
  }

  @Override
  public void makeWhiteout(Fd dir, String name) {
    call(Call.MKNODAT, dir, name, S_IFCHR, 0);
  }

  @Override
  public void symlinkat(String target, Fd dir, String name) {
    call(Call.SYMLINKAT, target, dir, name);
  }

  @Override
  public long copy(Fd from, Fd to, long mostBytes) {
    long copied = 0;
    while (copied < mostBytes) {
      long length = call(Call.SENDFILE, to, from, 0, Math.min(mostBytes - copied, COPY_BYTES));
      if (length == 0) {
        break;
      }
      copied += length;
    }
    return copied;
  }

  @Override
  public void fsync(Fd fd) {
    call(Call.FSYNC, fd);
  }

  @Override
  public void allocate(Fd file, long bytes) {
    call(Call.FALLOCATE, file, 0, 0, bytes);
  }

  @Override
  public int freeLoopDevice(Fd control) {
    return (int) call(Call.IOCTL, control, LOOP_CTL_GET_FREE);
  }

  @Override
  public void attachLoop(Fd loop, Fd file, int blockBytes) {
    // struct loop_config: fd, block_size, struct loop_info64, of which lo_flags.
    try (NativeMemory config = memory(LOOP_CONFIG_BYTES)) {
      config.pointer().putInt(0, file.number());
      config.pointer().putInt(4, blockBytes);
      config.pointer().putInt(LOOP_CONFIG_FLAGS, LO_FLAGS_AUTOCLEAR | LO_FLAGS_DIRECT_IO);
      call(Call.IOCTL, loop, LOOP_CONFIGURE, config);
    }
  }

  @Override
  public Optional<LoopFile> loopFile(Fd loop) {
    // struct loop_info64: lo_device, lo_inode, ..., lo_flags.
    try (NativeMemory info = memory(LOOP_INFO_BYTES)) {
      call(Call.IOCTL, loop, LOOP_GET_STATUS64, info);
      return Optional.of(
          new LoopFile(
              info.pointer().getLong(0),
              info.pointer().getLong(8),
              (info.pointer().getInt(LOOP_INFO_FLAGS) & LO_FLAGS_DIRECT_IO) != 0));
    } catch (SyscallException e) {
      if (e.is(Errno.ENXIO)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  @Override
  public void growLoop(Fd loop) {
    call(Call.IOCTL, loop, LOOP_SET_CAPACITY);
  }

  @Override
  public void growExt4(Fd root, long blocks) {
    try (NativeMemory size = memory(8)) {
      size.pointer().putLong(0, blocks);
      call(Call.IOCTL, root, EXT4_IOC_RESIZE_FS, size);
    }
  }

  @Override
  public void trim(Fd root) {
    // struct fstrim_range: start, len, minlen.
    try (NativeMemory range = memory(24)) {
      range.pointer().putLong(0, 0);
      range.pointer().putLong(8, -1);
      range.pointer().putLong(16, 0);
      call(Call.IOCTL, root, FITRIM, range);
    }
  }

  @Override
  public void syncfs(Fd fd) {
    call(Call.SYNCFS, fd);
  }

  @Override
  public List<String> list(Fd dir, int mostNames) {
    List<String> names = new ArrayList<>();
    // A name is read by the longest that it may be: the last one must not reach past the memory.
    try (NativeMemory memory = memory(DIRENTS_BYTES + NAME_BYTES)) {
      Pointer buffer = memory.pointer();
      while (names.size() < mostNames) {
        int length = (int) call(Call.GETDENTS64, dir, memory, DIRENTS_BYTES);
        if (length == 0) {
          break;
        }
        for (int at = 0; at < length; at += Short.toUnsignedInt(buffer.getShort(at + 16L))) {
          String name = buffer.getString(at + 19L, NAME_BYTES, ISO_8859_1);
          if (!name.equals(".") && !name.equals("..")) {
            names.add(name);
          }
        }
      }
    }
    return names;
  }

  @Override
  public List<String> listXattrs(Fd fd) {
    try (NativeMemory buffer = memory(XATTR_BYTES)) {
      int length = (int) call(Call.FLISTXATTR, fd, buffer, XATTR_BYTES);
      return Arrays.stream(new String(bytes(buffer, length), ISO_8859_1).split("\0"))
          .filter(name -> !name.isEmpty())
          .toList();
    }
  }

  @Override
  public byte[] getXattr(Fd fd, String name) {
    try (NativeMemory buffer = memory(XATTR_BYTES)) {
      return bytes(buffer, (int) call(Call.FGETXATTR, fd, name, buffer, XATTR_BYTES));
    }
  }

  @Override
  public void setXattr(Fd fd, String name, byte[] value) {
    try (NativeMemory buffer = memory(Math.max(value.length, 1))) {
      buffer.pointer().put(0, value, 0, value.length);
      call(Call.FSETXATTR, fd, name, buffer, value.length, 0);
    }
  }

  @Override
  public void removeXattr(Fd fd, String name) {
    call(Call.FREMOVEXATTR, fd, name);
  }

  private static byte[] bytes(NativeMemory memory, int length) {
    byte[] bytes = new byte[length];
    memory.pointer().get(0, bytes, 0, length);
    return bytes;
  }

  @Override
  public OptionalInt lockHolder(Fd fd) {
    // struct flock: l_type, l_whence, l_start at 8, l_len at 16, l_pid at 24
    try (NativeMemory memory = memory(32)) {
      Pointer flock = memory.pointer();
      flock.putShort(0, F_WRLCK);
      call(Call.FCNTL, fd, F_GETLK, memory);
      // A holder that this PID namespace can't see is shown as 0, one of an open file as -1.
      return flock.getShort(0) == F_UNLCK || flock.getInt(24) <= 0
          ? OptionalInt.empty()
          : OptionalInt.of(flock.getInt(24));
    }
  }

  @Override
  public Fd pidfdOpen(int pid) {
    return fd(call(Call.PIDFD_OPEN, pid, 0));
  }

  @Override
  public boolean hasEnded(Fd pidfd) {
    try (NativeMemory poll = memory(8);
        NativeMemory now = memory(16)) {
      poll.pointer().putInt(0, pidfd.number());
      poll.pointer().putShort(4, (short) POLLIN);
      return call(Call.PPOLL, poll, 1, now, 0, 0) > 0;
    }
  }

  @Override
  public void kill(Fd pidfd) {
    call(Call.PIDFD_SEND_SIGNAL, pidfd, SIGKILL, 0, 0);
  }

  @Override
  public Fd owningUserNamespace(Fd namespace) {
    return fd(call(Call.IOCTL, namespace, NS_GET_USERNS));
  }

  @Override
  public Fd parentUserNamespace(Fd userNamespace) {
    return fd(call(Call.IOCTL, userNamespace, NS_GET_PARENT));
  }

  @Override
  public void setFileSystemUser(int uid, int gid) {
    setFileSystemId(Call.SETFSGID, gid);
    setFileSystemId(Call.SETFSUID, uid);
    // With root's number went the capabilities over files, see capabilities(7).
    try (NativeMemory header = memory(8);
        NativeMemory sets = memory(24)) {
      header.pointer().putInt(0, CAPABILITY_VERSION_3);
      call(Call.CAPGET, header, sets);
      // Two times effective, permitted and inheritable, of 32 bits each.
      for (int half = 0; half < 24; half += 12) {
        sets.pointer().putInt(half, sets.pointer().getInt(half + 4));
      }
      call(Call.CAPSET, header, sets);
    }
  }

  /** These calls report no error: they return the number of before, whatever they did. */
  private void setFileSystemId(Call call, int id) {
    call(call, id);
    if ((int) libc.tryCall(call, -1) != id) {
      throw new SyscallException(
          call.name().toLowerCase(Locale.ROOT), Errno.EPERM, Integer.toUnsignedString(id));
    }
  }

  @Override
  public void niceThread() {
    // PRIO_PROCESS, this thread, the lowest of all.
    call(Call.SETPRIORITY, 0, 0, 19);
  }

  @Override
  public void unshareFs() {
    call(Call.UNSHARE, CLONE_FS);
  }

  @Override
  public void unshareMountNamespace() {
    call(Call.UNSHARE, CLONE_FS | CLONE_NEWNS);
  }

  @Override
  public void setnsMount(Fd namespace) {
    call(Call.SETNS, namespace, CLONE_NEWNS);
  }

  @Override
  public void setnsNetwork(Fd namespace) {
    call(Call.SETNS, namespace, CLONE_NEWNET);
  }

  @Override
  public Fd socketDiagnosis() {
    return fd(call(Call.SOCKET, AF_NETLINK, SOCK_DGRAM | Linux.O_CLOEXEC, NETLINK_SOCK_DIAG));
  }

  @Override
  public byte[] readOnce(Fd fd, int mostBytes) {
    try (NativeMemory buffer = memory(mostBytes)) {
      return bytes(buffer, (int) call(Call.READ, fd, buffer, mostBytes));
    }
  }

  @Override
  public void fchdir(Fd dir) {
    call(Call.FCHDIR, dir);
  }

  @Override
  public void chrootToCurrentDirectory() {
    call(Call.CHROOT, ".");
  }

  @Override
  public void pivotRootHere() {
    call(Call.PIVOT_ROOT, ".", ".");
  }

  @Override
  public void mount(String source, String target, String type, long flags, String options) {
    call(Call.MOUNT, source, target, type, flags, options);
  }

  @Override
  public void umount(String target, int flags) {
    call(Call.UMOUNT2, target, flags);
  }

  @Override
  public Fd cloneMount(Fd fd, boolean recursive) {
    int flags = OPEN_TREE_CLONE | Linux.O_CLOEXEC | AT_EMPTY_PATH;
    return fd(call(Call.OPEN_TREE, fd, "", recursive ? flags | AT_RECURSIVE : flags));
  }

  @Override
  public void moveMount(Fd mount, Fd target) {
    call(Call.MOVE_MOUNT, mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
  }

  @Override
  public void mountSetattr(Fd mount, boolean recursive, long attributes, long propagation) {
    int flags = recursive ? AT_EMPTY_PATH | AT_RECURSIVE : AT_EMPTY_PATH;
    mountSetattr(mount, flags, attributes, 0, propagation, 0);
  }

  @Override
  public void clearMountAttributes(Fd mount, long attributes) {
    mountSetattr(mount, AT_EMPTY_PATH, 0, attributes, 0, 0);
  }

  @Override
  public void mapOwners(Fd mount, Fd userNamespace) {
    mountSetattr(mount, AT_EMPTY_PATH, Linux.MOUNT_ATTR_IDMAP, 0, 0, userNamespace.number());
  }

  private void mountSetattr(
      Fd mount, int flags, long set, long clear, long propagation, long userNamespace) {
    // struct mount_attr: attr_set, attr_clr, propagation, userns_fd.
    try (NativeMemory attr = memory(32)) {
      attr.pointer().putLong(0, set);
      attr.pointer().putLong(8, clear);
      attr.pointer().putLong(16, propagation);
      attr.pointer().putLong(24, userNamespace);
      call(Call.MOUNT_SETATTR, mount, "", flags, attr, 32);
    }
  }

  @Override
  public Fd fsopen(String type) {
    return fd(call(Call.FSOPEN, type, 1));
  }

  @Override
  public void fsconfigString(Fd context, String key, String value) {
    call(Call.FSCONFIG, context, FSCONFIG_SET_STRING, key, value, 0);
  }

  @Override
  public void fsconfigFlag(Fd context, String key) {
    call(Call.FSCONFIG, context, FSCONFIG_SET_FLAG, key, 0, 0);
  }

  @Override
  public void fsconfigCreate(Fd context) {
    call(Call.FSCONFIG, context, FSCONFIG_CMD_CREATE, 0, 0, 0);
  }

  @Override
  public Fd fsmount(Fd context) {
    return fd(call(Call.FSMOUNT, context, 1, 0));
  }
}
