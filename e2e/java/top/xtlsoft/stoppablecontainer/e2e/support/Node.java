package top.xtlsoft.stoppablecontainer.e2e.support;

import java.util.List;

/** Read-only view of a node's file system and mounts, as the node sees them. */
public interface Node {

  /** The mount table of the node's first process, in the form of /proc/PID/mountinfo. */
  String mountTable();

  /** Whether the path exists; a dangling link counts. */
  boolean exists(String path);

  /** Names in a folder, sorted; empty if there is no such folder. */
  List<String> list(String path);

  /** Size of a file in bytes; the file must be there. */
  long sizeBytes(String path);

  /** Mount points at or below a path. */
  default List<String> mountPointsBelow(String path) {
    return mountTable()
        .lines()
        .map(line -> line.split(" ", 6)[4])
        .filter(point -> point.equals(path) || point.startsWith(path + "/"))
        .toList();
  }
}
