package top.xtlsoft.stoppablecontainer.agent.linux;

/**
 * What statfs(2) says of a file system.
 *
 * @param magic number of its type
 * @param blocks size in blocks
 * @param blocksAvailable blocks that anybody may still use
 * @param files inodes; 0 where the file system does not count them
 * @param filesFree inodes that are left
 * @param readOnly whether nothing can be written
 */
public record FileSystemStatus(
    long magic, long blocks, long blocksAvailable, long files, long filesFree, boolean readOnly) {}
