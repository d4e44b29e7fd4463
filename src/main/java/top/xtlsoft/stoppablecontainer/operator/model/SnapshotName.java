package top.xtlsoft.stoppablecontainer.operator.model;

import top.xtlsoft.stoppablecontainer.api.Sha256;

/** Names of the operator's own snapshots, from those of StoppableContainers. */
final class SnapshotName {

  private static final int MOST_CHARS = 63;
  private static final int HASH_DIGITS = 8;

  private SnapshotName() {}

  /** The name with a suffix. If that is too long, a hash takes the place of its end. */
  static String of(String container, String suffix) {
    String name = container + suffix;
    return name.length() <= MOST_CHARS
        ? name
        : container.substring(0, MOST_CHARS - suffix.length() - HASH_DIGITS - 1)
            + "-"
            + Sha256.hex(container).substring(0, HASH_DIGITS)
            + suffix;
  }
}
