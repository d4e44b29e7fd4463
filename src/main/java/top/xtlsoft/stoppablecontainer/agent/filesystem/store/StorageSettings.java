package top.xtlsoft.stoppablecontainer.agent.filesystem.store;

import java.util.List;
import java.util.Map;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.api.AgentReason;
import top.xtlsoft.stoppablecontainer.api.HostPathPrefixes;

/**
 * Which storage the administrator of the node allows.
 *
 * @param hostPathPrefixes folders of the node below which file systems may be kept
 */
public record StorageSettings(List<String> hostPathPrefixes) {

  public StorageSettings {
    hostPathPrefixes = new HostPathPrefixes(hostPathPrefixes).folders();
  }

  /** The settings in these environment variables. */
  public static StorageSettings from(Map<String, String> env) {
    return new StorageSettings(HostPathPrefixes.from(env).folders());
  }

  /** Whether a file system may be kept there. */
  public boolean allows(Storage storage) {
    return hostPathPrefixes.contains(storage.hostPathPrefix());
  }

  /**
   * Makes sure that a file system may be kept there.
   *
   * @throws RefusedException HostPathPrefixNotAllowed if it must not
   */
  public void requireAllowed(Storage storage) {
    if (!allows(storage)) {
      throw new RefusedException(
          AgentReason.HOST_PATH_PREFIX_NOT_ALLOWED,
          "the agent's "
              + HostPathPrefixes.VARIABLE
              + " does not hold "
              + storage.hostPathPrefix());
    }
  }
}
