package top.xtlsoft.stoppablecontainer.agent.filesystem;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;
import top.xtlsoft.stoppablecontainer.agent.linux.FileStatus;

/**
 * {@code made.json}: what the agent put among the files of an instance. A container can't reach it.
 *
 * @param version of its format
 * @param hookFiles what runtime hooks wrote into a first root, with the folders above it
 * @param mountPoints paths of empty files and folders that the agent made to mount on
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record MadeRecord(int version, List<HookFile> hookFiles, List<String> mountPoints) {

  static final int VERSION = 1;
  static final MadeRecord EMPTY = new MadeRecord(VERSION, List.of(), List.of());

  MadeRecord {
    hookFiles = hookFiles == null ? List.of() : List.copyOf(hookFiles);
    mountPoints = mountPoints == null ? List.of() : List.copyOf(mountPoints);
  }

  /**
   * A file, folder or symlink as it was when the agent had made it. A process that writes to it,
   * replaces it or changes its attributes gives it another change time or another inode number,
   * neither of which a process can set.
   *
   * @param path from the root of the file system, with a leading slash
   * @param inode number in the upper folder; 0 while the agent makes it
   * @param sizeBytes length
   * @param ctimeSeconds last change
   * @param ctimeNanos nanoseconds of it
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  record HookFile(String path, long inode, long sizeBytes, long ctimeSeconds, long ctimeNanos) {

    /** One that is about to be made. */
    static HookFile begun(String path) {
      return new HookFile(path, 0, 0, 0, 0);
    }

    static HookFile of(String path, FileStatus made) {
      return new HookFile(
          path, made.ino(), made.sizeBytes(), made.ctimeSeconds(), made.ctimeNanos());
    }

    boolean begun() {
      return inode == 0;
    }
  }

  MadeRecord withHookFiles(List<HookFile> now) {
    return new MadeRecord(version, now, mountPoints);
  }

  MadeRecord withMountPoints(List<String> now) {
    return new MadeRecord(version, hookFiles, now);
  }
}
