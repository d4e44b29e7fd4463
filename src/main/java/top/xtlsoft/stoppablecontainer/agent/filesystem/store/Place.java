package top.xtlsoft.stoppablecontainer.agent.filesystem.store;

/**
 * Where the folder of an instance is, or would be.
 *
 * @param root folder of the node that holds a folder for each namespace
 * @param namespace name of the folder below it
 * @param name name of the instance's folder below that
 */
public record Place(String root, String namespace, String name) {

  /** Absolute path on the node. */
  public String path() {
    return root + "/" + namespace + "/" + name;
  }

  @Override
  public String toString() {
    return path();
  }
}
