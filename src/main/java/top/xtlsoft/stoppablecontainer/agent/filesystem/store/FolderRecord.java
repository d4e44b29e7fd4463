package top.xtlsoft.stoppablecontainer.agent.filesystem.store;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code instance.json}: whose an instance folder is.
 *
 * @param version of the folder's format
 * @param uid UID of the instance
 * @param layers hash over the folders of the image's layers, as they were when it was last mounted
 * @param image image of the instance when it was made
 * @param content hash over what the layers hold that upper was made on; absent until the runtime
 *     reports it
 * @param lower those folders with their inode numbers; absent until it is mounted
 * @param adopted UID of the instance that had the folder before; absent if none had
 * @param setAside why the folder lies apart; absent where it lies in its instance's place
 * @param stack IDs of the frozen layers between upper and the image, topmost first
 * @param options options of the overlay besides its folders; absent for a file system that an
 *     earlier agent made, which has the kernel's defaults and {@code index=off}
 * @param freezing ID of the layer that upper is becoming; absent except while a layer is frozen
 * @param restored UID of the restore that last gave the folder its stack; absent for none
 * @param reset files that are to be removed before a container gets the file system
 * @param disk kind of the file system in the disk image that holds upper and work; absent where
 *     they lie in the folder itself
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record FolderRecord(
    int version,
    String uid,
    String layers,
    String image,
    @Nullable String content,
    @Nullable Map<String, Long> lower,
    @Nullable String adopted,
    @Nullable SetAside setAside,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> stack,
    @Nullable String options,
    @Nullable String freezing,
    @Nullable String restored,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> reset,
    @Nullable String disk) {

  /** The newest format that this agent reads. */
  public static final int VERSION = 4;

  /** The format of a file system in a disk image, without frozen layers. */
  static final int VERSION_WITHOUT_FROZEN_DISKS = 3;

  /** The format of a file system with frozen layers that are no disk images. */
  static final int VERSION_WITHOUT_DISK = 2;

  /**
   * The format of a file system without frozen layers. Agents that know no layers read it as well,
   * so an administrator can go back to them.
   */
  static final int VERSION_WITHOUT_LAYERS = 1;

  private static final Pattern LAYER = Pattern.compile("[A-Za-z0-9-]{1,63}");
  private static final Pattern OPTIONS = Pattern.compile("[a-z_]+=[a-z]+(,[a-z_]+=[a-z]+)*");

  public FolderRecord {
    stack = stack == null ? List.of() : List.copyOf(stack);
    reset = reset == null ? List.of() : List.copyOf(reset);
    if (!stack.stream().allMatch(FolderRecord::isLayer)
        || (freezing != null && !isLayer(freezing))
        || (options != null && !OPTIONS.matcher(options).matches())) {
      throw new IllegalArgumentException("not a stack of layers");
    }
    version = Math.max(version, least(stack, freezing, disk));
  }

  /** The oldest format that says all. */
  private static int least(List<String> stack, @Nullable String freezing, @Nullable String disk) {
    boolean isAlone = stack.isEmpty() && freezing == null;
    if (disk != null) {
      return isAlone ? VERSION_WITHOUT_FROZEN_DISKS : VERSION;
    }
    return isAlone ? VERSION_WITHOUT_LAYERS : VERSION_WITHOUT_DISK;
  }

  /** Whether a word can be the ID of a layer, which becomes the name of its folder. */
  public static boolean isLayer(String id) {
    return LAYER.matcher(id).matches();
  }

  /** The record of a file system without frozen layers. */
  public static FolderRecord made(
      String uid, String layers, String image, Map<String, Long> lower, String options) {
    return new FolderRecord(
        VERSION_WITHOUT_LAYERS,
        uid,
        layers,
        image,
        null,
        lower,
        null,
        null,
        List.of(),
        options,
        null,
        null,
        List.of(),
        null);
  }

  /** The same for a file system whose upper folder lies in a disk image. */
  public FolderRecord onDisk(String kind) {
    return new FolderRecord(
        version, uid, layers, image, content, lower, adopted, setAside, stack, options, freezing,
        restored, reset, kind);
  }

  /**
   * What is known of a folder without an instance.
   *
   * @param namespace namespace of the instance that it belonged to
   * @param name name of that instance
   * @param since when the agent set it aside, as in ISO 8601
   * @param reason why
   * @param bytes what its files take on the disk; absent until they are counted
   * @param purging whether its removal has begun, so that it must not be adopted
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record SetAside(
      String namespace,
      String name,
      String since,
      String reason,
      @Nullable Long bytes,
      boolean purging) {

    public SetAside withBytes(long counted) {
      return new SetAside(namespace, name, since, reason, counted, purging);
    }

    public SetAside whilePurging() {
      return new SetAside(namespace, name, since, reason, bytes, true);
    }
  }

  public FolderRecord withLayers(String found, Map<String, Long> inodes) {
    return new FolderRecord(
        version, uid, found, image, content, inodes, adopted, setAside, stack, options, freezing,
        restored, reset, disk);
  }

  public FolderRecord withContent(String found) {
    return new FolderRecord(
        version, uid, layers, image, found, lower, adopted, setAside, stack, options, freezing,
        restored, reset, disk);
  }

  public FolderRecord withSetAside(SetAside now) {
    return new FolderRecord(
        version, uid, layers, image, content, lower, adopted, now, stack, options, freezing,
        restored, reset, disk);
  }

  /** The record while files are to be removed; none for a file system that is complete. */
  public FolderRecord withReset(List<String> paths) {
    return new FolderRecord(
        version, uid, layers, image, content, lower, adopted, setAside, stack, options, freezing,
        restored, paths, disk);
  }

  public FolderRecord withOptions(String pinned) {
    return with(stack, pinned, freezing, restored);
  }

  /** The record while upper becomes a layer. */
  public FolderRecord whileFreezing(String layer) {
    return with(stack, options, layer, restored);
  }

  /** The record after upper could not become a layer. */
  public FolderRecord notFrozen() {
    return with(stack, options, null, restored);
  }

  /** The record after upper has become a layer. */
  public FolderRecord frozen() {
    return with(stackUnder(Objects.requireNonNull(freezing)), options, null, restored);
  }

  /** The record after the folder has got the stack of a snapshot. */
  public FolderRecord restored(String restore, FolderRecord snapshot) {
    return new FolderRecord(
        Math.max(version, snapshot.version),
        uid,
        layers,
        image,
        content,
        lower,
        adopted,
        setAside,
        snapshot.stack,
        snapshot.options,
        null,
        restore,
        reset,
        disk);
  }

  /** The record after a restore has given the folder what it says. */
  public FolderRecord restored(String restore) {
    return with(stack, options, freezing, restore);
  }

  /** The same folder with another stack, or another state of it. */
  private FolderRecord with(
      List<String> stack,
      @Nullable String options,
      @Nullable String freezing,
      @Nullable String restored) {
    return new FolderRecord(
        version, uid, layers, image, content, lower, adopted, setAside, stack, options, freezing,
        restored, reset, disk);
  }

  /** The record once a layer of the stack has nothing that the one below it has not. */
  public FolderRecord without(String layer) {
    return with(
        stack.stream().filter(id -> !id.equals(layer)).toList(), options, freezing, restored);
  }

  /** The record of a folder with one more layer. */
  public FolderRecord under(String layer) {
    return with(stackUnder(layer), options, freezing, restored);
  }

  /** The stack with one more layer on top. */
  public List<String> stackUnder(String layer) {
    List<String> higher = new ArrayList<>();
    higher.add(layer);
    higher.addAll(stack);
    return higher;
  }

  /** The record of another folder that begins with that stack of this one. */
  public FolderRecord startOf(String other, List<String> shared) {
    return new FolderRecord(
        Math.max(version, least(shared, null, disk)),
        other,
        layers,
        image,
        content,
        lower,
        null,
        null,
        shared,
        options,
        null,
        null,
        reset,
        null);
  }

  /** The record of a folder that an instance takes up. */
  public FolderRecord ofInstance(String now) {
    String before = now.equals(uid) ? adopted : uid;
    return new FolderRecord(
        version, now, layers, image, content, lower, before, null, stack, options, freezing,
        restored, reset, disk);
  }
}
