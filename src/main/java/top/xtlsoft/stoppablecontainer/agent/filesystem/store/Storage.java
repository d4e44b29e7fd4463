package top.xtlsoft.stoppablecontainer.agent.filesystem.store;

import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceSpec;

/**
 * Where the spec of an instance has its file system kept.
 *
 * @param hostPathPrefix folder of the node below which it is kept
 */
public record Storage(String hostPathPrefix) {

  /** The storage that an instance's spec names. */
  public static Storage of(StoppableContainerInstanceSpec spec) {
    return new Storage(spec.hostPathPrefix());
  }
}
