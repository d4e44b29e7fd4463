package top.xtlsoft.stoppablecontainer.agent.filesystem;

/**
 * What an instance's own files take on the node's disk.
 *
 * @param bytes of blocks in use
 * @param inodes files, folders and all else that has an inode
 */
public record UpperUsage(long bytes, long inodes) {}
