package top.xtlsoft.stoppablecontainer.agent.attach;

import java.util.List;
import java.util.Set;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.process.MountEntry;

/** What an attach has to know and to do about the instance whose file system it attaches. */
@FunctionalInterface
public interface AttachedFiles {

  /**
   * Makes sure that the first root lies over the image of the file system.
   *
   * @throws RefusedException if it doesn't
   */
  void requireImage(MountEntry firstRoot);

  /**
   * Brings the file system up to date while no process is in it.
   *
   * @param mount the first root
   * @param firstRoot the same, open
   * @param places paths where mounts are laid, and the working directory
   */
  default void bringUp(MountEntry mount, Fd firstRoot, Set<String> places) {}

  /** Is given the paths of empty files and folders that the attach made to mount on. */
  default void noteMountPoints(List<String> made) {}
}
