package top.xtlsoft.stoppablecontainer.agent.attach;

import java.util.Optional;
import top.xtlsoft.stoppablecontainer.agent.linux.FileStatus;
import top.xtlsoft.stoppablecontainer.agent.process.OldRoot;

/**
 * A container with its file system as its root.
 *
 * @param root that root, as the container sees it
 * @param oldRoot the root before, held open; empty when the file system was attached already
 */
public record Attached(FileStatus root, Optional<OldRoot> oldRoot) implements AutoCloseable {

  @Override
  public void close() {
    oldRoot.ifPresent(OldRoot::close);
  }
}
