package top.xtlsoft.stoppablecontainer.agent.process;

import java.util.Optional;
import top.xtlsoft.stoppablecontainer.agent.linux.FileStatus;

/**
 * The first root of a container, which its attach has left, and by what processes of the container
 * are known.
 *
 * @param podKey {@code namespace/name} of its pod
 * @param oldRoot that root
 * @param podUid UID of its pod
 * @param containerId ID of the container
 * @param firstProcess number of its first process, which leaves by itself
 * @param scExec the program of that: others that run it wait for the attach, and leave then
 */
public record LeftRoot(
    String podKey,
    OldRoot oldRoot,
    String podUid,
    String containerId,
    int firstProcess,
    Optional<FileStatus> scExec) {}
