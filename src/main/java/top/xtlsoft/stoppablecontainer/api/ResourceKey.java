package top.xtlsoft.stoppablecontainer.api;

/**
 * The key of a StoppableContainer and of its objects.
 *
 * @param namespace its namespace
 * @param name its name
 */
public record ResourceKey(String namespace, String name) {

  public ResourceKey {
    if (namespace.isEmpty() || name.isEmpty()) {
      throw new IllegalArgumentException("a key needs a namespace and a name");
    }
  }

  /** Reads {@code namespace/name}. */
  public static ResourceKey parse(String key) {
    int slash = key.indexOf('/');
    if (slash < 0) {
      throw new IllegalArgumentException("not namespace/name: " + key);
    }
    return new ResourceKey(key.substring(0, slash), key.substring(slash + 1));
  }

  /** {@code namespace/name}. */
  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
