package top.xtlsoft.stoppablecontainer.agent;

import java.util.List;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Storage;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceSpec;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerRestoreSpec;
import top.xtlsoft.stoppablecontainer.api.UserAnnotation;

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
   * A snapshot of the instance's namespace, or the image alone.
   *
   * @param name its name; null for the image alone
   * @param uid its UID; null for the image alone
   * @param restore the restore that gives an existing file system these files; null for none
   * @param resetPaths files that a clone does not take over
   * @param otherImage whether the restore puts the file system on another image
   */
  public record Source(
      @Nullable String name,
      @Nullable String uid,
      @Nullable Restore restore,
      List<String> resetPaths,
      boolean otherImage) {

    public Source {
      if (name != null) {
        requireLabel(name);
      }
      resetPaths = List.copyOf(resetPaths);
    }

    /** What a clone is made of. */
    public Source(String name, String uid) {
      this(name, uid, null, List.of(), false);
    }

    /** What a restored file system has, and a clone takes over as it is. */
    public Source(String name, String uid, @Nullable Restore restore) {
      this(name, uid, restore, List.of(), false);
    }

    /** What a clone is made of, without some files. */
    public Source(String name, String uid, List<String> resetPaths) {
      this(name, uid, null, resetPaths, false);
    }

    /** Whether the files are those of the image alone. */
    public boolean isImage() {
      return name == null || uid == null;
    }
  }

  /**
   * A restore, with the snapshot that keeps the state before.
   *
   * @param uid UID of the restore
   * @param beforeName name of the snapshot
   * @param beforeUid UID of the snapshot
   * @param keepPaths what stays as it is: absolute paths, none in another one
   */
  public record Restore(String uid, String beforeName, String beforeUid, List<String> keepPaths) {

    public Restore {
      requireLabel(beforeName);
      keepPaths = List.copyOf(keepPaths);
      if (keepPaths.size() > StoppableContainerRestoreSpec.MOST_KEPT_PATHS) {
        throw new IllegalArgumentException("more paths than a restore keeps: " + keepPaths.size());
      }
      keepPaths.forEach(Restore::requirePath);
      List<String> sorted = keepPaths.stream().map(path -> path + "/").sorted().toList();
      for (int i = 1; i < sorted.size(); i++) {
        if (sorted.get(i).startsWith(sorted.get(i - 1))) {
          throw new IllegalArgumentException("a path lies in another one: " + sorted.get(i));
        }
      }
    }

    /** A restore that keeps nothing. */
    public Restore(String uid, String beforeName, String beforeUid) {
      this(uid, beforeName, beforeUid, List.of());
    }

    private static void requirePath(String path) {
      if (path.length() > 1024
          || !path.matches("(/[^/\\x00]+)+")
          || (path + "/").contains("/./")
          || (path + "/").contains("/../")
          || path.startsWith(ApiNames.MOUNT_PREFIX)) {
        throw new IllegalArgumentException("not a path that a restore keeps: " + path);
      }
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
        imageOf(instance.getSpec()),
        UserAnnotation.ADOPT.of(instance).orElse(null),
        source(instance.getSpec().source()));
  }

  /** A restore may name another image than the instance has had. */
  private static String imageOf(StoppableContainerInstanceSpec spec) {
    return spec.source() == null || spec.source().image() == null
        ? spec.image()
        : spec.source().image();
  }

  private static @Nullable Source source(StoppableContainerInstanceSpec.@Nullable Source source) {
    return source == null
        ? null
        : new Source(
            source.snapshotName(),
            source.snapshotUID(),
            restore(source),
            source.resetPaths() == null ? List.of() : source.resetPaths(),
            source.image() != null && source.restoreUID() != null);
  }

  private static @Nullable Restore restore(StoppableContainerInstanceSpec.Source source) {
    return source.restoreUID() == null || source.beforeName() == null || source.beforeUID() == null
        ? null
        : new Restore(
            source.restoreUID(),
            source.beforeName(),
            source.beforeUID(),
            source.keepPaths() == null ? List.of() : source.keepPaths());
  }

  /** Whether a restore puts the file system on another image, now or earlier. */
  public boolean hasOtherImage() {
    return source != null && source.otherImage();
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
