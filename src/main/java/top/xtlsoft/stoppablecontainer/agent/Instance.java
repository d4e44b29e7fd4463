package top.xtlsoft.stoppablecontainer.agent;

import java.util.List;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Storage;
import top.xtlsoft.stoppablecontainer.api.AdoptAnnotation;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceSpec;

/**
 * What the node's work needs to know of an instance.
 *
 * @param namespace its namespace
 * @param name its name
 * @param uid its UID
 * @param storage where its file system is kept
 * @param image image that it is made from
 * @param adopts UID of an earlier instance whose file system it is to take up; null for none
 * @param source snapshot that its file system is made of; null for the image alone
 */
public record Instance(
    String namespace,
    String name,
    String uid,
    Storage storage,
    String image,
    @Nullable String adopts,
    @Nullable Source source) {

  /**
   * A snapshot of the instance's namespace.
   *
   * @param name its name
   * @param uid its UID
   * @param restore the restore that gives an existing file system these files; null for none
   * @param resetPaths files that a clone does not take over
   */
  public record Source(
      String name, String uid, @Nullable Restore restore, List<String> resetPaths) {

    public Source {
      requireLabel(name);
      resetPaths = List.copyOf(resetPaths);
    }

    /** What a clone is made of. */
    public Source(String name, String uid) {
      this(name, uid, null);
    }

    /** What a restored file system has, and a clone takes over as it is. */
    public Source(String name, String uid, @Nullable Restore restore) {
      this(name, uid, restore, List.of());
    }
  }

  /**
   * A restore, with the snapshot that keeps the state before.
   *
   * @param uid UID of the restore
   * @param beforeName name of the snapshot
   * @param beforeUid UID of the snapshot
   */
  public record Restore(String uid, String beforeName, String beforeUid) {

    public Restore {
      requireLabel(beforeName);
    }
  }

  public Instance {
    // The API server lets nothing else through; here a name becomes a folder's name.
    requireLabel(namespace);
    requireLabel(name);
  }

  /** An instance that adopts nothing, and is made of its image alone. */
  public Instance(String namespace, String name, String uid, Storage storage, String image) {
    this(namespace, name, uid, storage, image, null);
  }

  /** An instance that is made of its image alone. */
  public Instance(
      String namespace,
      String name,
      String uid,
      Storage storage,
      String image,
      @Nullable String adopts) {
    this(namespace, name, uid, storage, image, adopts, null);
  }

  /** The instance as the API has it. */
  public static Instance of(StoppableContainerInstance instance) {
    return new Instance(
        instance.getMetadata().getNamespace(),
        instance.getMetadata().getName(),
        instance.getMetadata().getUid(),
        Storage.of(instance.getSpec()),
        instance.getSpec().image(),
        AdoptAnnotation.of(instance).orElse(null),
        source(instance.getSpec().source()));
  }

  private static @Nullable Source source(StoppableContainerInstanceSpec.@Nullable Source source) {
    return source == null
        ? null
        : new Source(
            source.snapshotName(),
            source.snapshotUID(),
            restore(source),
            source.resetPaths() == null ? List.of() : source.resetPaths());
  }

  private static @Nullable Restore restore(StoppableContainerInstanceSpec.Source source) {
    return source.restoreUID() == null || source.beforeName() == null || source.beforeUID() == null
        ? null
        : new Restore(source.restoreUID(), source.beforeName(), source.beforeUID());
  }

  /** {@code namespace/name}. */
  public String key() {
    return namespace + "/" + name;
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
