package top.xtlsoft.stoppablecontainer.agent.filesystem;

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
 *     has told
 * @param lower those folders with their inode numbers; absent until it is mounted
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record FolderRecord(
    int version,
    String uid,
    String layers,
    String image,
    @Nullable String content,
    @Nullable Map<String, Long> lower) {

  static final int VERSION = 1;

  FolderRecord withLayers(String found, Map<String, Long> inodes) {
    return new FolderRecord(version, uid, found, image, content, inodes);
  }

  FolderRecord withContent(String told) {
    return new FolderRecord(version, uid, layers, image, told, lower);
  }
}
