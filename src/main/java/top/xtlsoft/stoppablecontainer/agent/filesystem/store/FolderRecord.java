package top.xtlsoft.stoppablecontainer.agent.filesystem.store;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Map;
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
    @Nullable SetAside setAside) {

  /** The format that this agent writes; it reads no newer one. */
  public static final int VERSION = 1;

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
    return new FolderRecord(version, uid, found, image, content, inodes, adopted, setAside);
  }

  public FolderRecord withContent(String found) {
    return new FolderRecord(version, uid, layers, image, found, lower, adopted, setAside);
  }

  public FolderRecord withSetAside(SetAside now) {
    return new FolderRecord(version, uid, layers, image, content, lower, adopted, now);
  }

  /** The record of a folder that an instance takes up. */
  public FolderRecord ofInstance(String now) {
    String before = now.equals(uid) ? adopted : uid;
    return new FolderRecord(version, now, layers, image, content, lower, before, null);
  }
}
