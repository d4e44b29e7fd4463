package top.xtlsoft.stoppablecontainer.agent;

import top.xtlsoft.stoppablecontainer.agent.linux.Names;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;

/**
 * What the node's work needs to know of an instance.
 *
 * @param namespace its namespace
 * @param name its name
 * @param uid its UID
 * @param hostPathPrefix folder on the node below which its file system is kept
 * @param image image that it is made from
 */
public record Instance(
    String namespace, String name, String uid, String hostPathPrefix, String image) {

  public Instance {
    // The API server lets nothing else through; here a name becomes a folder's name.
    requireLabel(namespace);
    requireLabel(name);
  }

  /** The instance as the API has it. */
  public static Instance of(StoppableContainerInstance instance) {
    return new Instance(
        instance.getMetadata().getNamespace(),
        instance.getMetadata().getName(),
        instance.getMetadata().getUid(),
        instance.getSpec().hostPathPrefix(),
        instance.getSpec().image());
  }

  /** {@code namespace/name}. */
  public String key() {
    return namespace + "/" + name;
  }

  /** Its folder on the node. */
  public String folder() {
    return Names.fromText(hostPathPrefix) + "/" + namespace + "/" + name;
  }

  private static void requireLabel(String word) {
    if (!word.matches("[a-z0-9]([a-z0-9.-]*[a-z0-9])?")) {
      throw new IllegalArgumentException("not a name of Kubernetes: " + word);
    }
  }

  @Override
  public String toString() {
    return key();
  }
}
