package top.xtlsoft.stoppablecontainer.agent.filesystem;

import jnr.constants.platform.Errno;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.InstanceFolder;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;

/**
 * Removes all that lies in an instance's folder. Folders that lie deep are moved to the top and
 * emptied from there, so each step leaves less to do, and an interrupted removal goes on where it
 * was.
 */
final class FolderEmptier {

  /** Where a folder that lay deep is moved to; only the agent writes beside it. */
  static final String MOVED = ".deep.";

  /** Folders that have names again after the last one was removed: a process writes there. */
  private static final int MOST_REFILLED = 1000;

  private final LinuxSyscalls linux;
  private final TreeWalker walker;

  FolderEmptier(LinuxSyscalls linux) {
    this.linux = linux;
    this.walker = new TreeWalker(linux);
  }

  /**
   * Empties the folder. Its record goes last: cut in half, the folder still says whose it was.
   *
   * @throws NotYetException while something writes into the tree, and when the agent ends
   * @throws IllegalStateException when something is mounted in the folder
   */
  void empty(Fd folder) {
    Removal removal = new Removal(folder);
    do {
      removal.moved = 0;
      walker.walk(folder, removal);
    } while (removal.moved > 0);
    unlinked(folder, InstanceFolder.RECORD);
  }

  private final class Removal implements TreeWalker.Visitor {

    private final Fd top;
    private final long topIno;
    private long moved;
    private int refilled;

    Removal(Fd top) {
      this.top = top;
      this.topIno = linux.stat(top).ino();
    }

    @Override
    public Next visit(Fd dir, String name) {
      if (name.equals(InstanceFolder.RECORD) && linux.stat(dir).ino() == topIno) {
        return Next.GO_ON;
      }
      return unlinked(dir, name) ? Next.GO_ON : Next.ENTER;
    }

    @Override
    public void mount(Fd dir, String name) {
      throw new IllegalStateException(
          "something is mounted in the instance's folder, on " + name + ": unmount it");
    }

    @Override
    public void tooDeep(Fd dir, String name) {
      long ino = linux.statAt(dir, name).ino();
      for (int i = 0; !moved(dir, name, MOVED + ino + "." + i); i++) {
        if (i == MOST_REFILLED) {
          throw new IllegalStateException("no free name for a folder that lies deep: " + ino);
        }
      }
      moved++;
    }

    /** An earlier removal that was interrupted may have left a folder of that name. */
    private boolean moved(Fd dir, String name, String to) {
      try {
        linux.renameToNew(dir, name, top, to);
        return true;
      } catch (SyscallException e) {
        if (e.is(Errno.EEXIST)) {
          return false;
        }
        throw e;
      }
    }

    @Override
    public boolean leave(Fd dir, String name) {
      try {
        linux.unlinkat(dir, name, true);
        return false;
      } catch (SyscallException e) {
        if (e.is(Errno.ENOENT)) {
          return false;
        }
        if (!e.is(Errno.ENOTEMPTY, Errno.EEXIST)) {
          throw e;
        }
      }
      if (++refilled > MOST_REFILLED) {
        throw NotYetException.untilRetry("a process writes into what is being removed");
      }
      return true;
    }
  }

  /** Removes what is no folder; false for a folder. */
  private boolean unlinked(Fd dir, String name) {
    try {
      linux.unlinkat(dir, name, false);
      return true;
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT)) {
        return true;
      }
      if (e.is(Errno.EISDIR) || (e.is(Errno.EPERM) && linux.statAt(dir, name).isDirectory())) {
        return false;
      }
      throw e;
    }
  }
}
