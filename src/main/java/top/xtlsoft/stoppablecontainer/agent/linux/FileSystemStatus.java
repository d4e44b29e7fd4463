package top.xtlsoft.stoppablecontainer.agent.linux;

/**
 * A file system's status from statfs(2).
 *
 * @param magic type of the file system
 * @param blocks size in blocks
 * @param blocksAvailable free blocks for unprivileged users
 * @param files number of inodes; 0 if the file system does not count them
 * @param filesFree free inodes
 * @param readOnly whether it is mounted read-only
 */
public record FileSystemStatus(
    long magic, long blocks, long blocksAvailable, long files, long filesFree, boolean readOnly) {}
