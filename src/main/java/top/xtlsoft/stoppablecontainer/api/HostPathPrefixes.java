package top.xtlsoft.stoppablecontainer.api;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The folders of the nodes below which file systems may be kept, as operator and agent read them
 * from {@link #VARIABLE}.
 *
 * @param folders absolute paths, none of them at or below another
 */
public record HostPathPrefixes(List<String> folders) {

  /** Variable of both programs: folders with commas between them. */
  public static final String VARIABLE = "SC_ALLOWED_HOST_PATH_PREFIXES";

  /** Other characters need escapes in the mount options of an overlay. */
  private static final Pattern FOLDER = Pattern.compile("(/[A-Za-z0-9._-]+)+");

  private static final Pattern DOTS = Pattern.compile("(^|/)\\.\\.?(/|$)");

  public HostPathPrefixes {
    folders = folders.stream().distinct().toList();
    if (folders.isEmpty()) {
      throw new IllegalArgumentException(VARIABLE + " names no folder");
    }
    for (String folder : folders) {
      if (!FOLDER.matcher(folder).matches() || DOTS.matcher(folder).find()) {
        throw new IllegalArgumentException(
            VARIABLE
                + " holds \""
                + folder
                + "\": a prefix is an absolute path of letters, digits, '.', '_' and '-'");
      }
      requireApart(folder, folders);
    }
  }

  /** PREFIX/NAMESPACE/NAME of one prefix would lie inside a file system of the other. */
  private static void requireApart(String folder, List<String> folders) {
    for (String other : folders) {
      if (folder.startsWith(other + "/")) {
        throw new IllegalArgumentException(
            VARIABLE + ": " + folder + " lies below " + other + ", name only one of them");
      }
    }
  }

  /** The prefixes that these environment variables name. */
  public static HostPathPrefixes from(Map<String, String> environment) {
    String list = environment.getOrDefault(VARIABLE, ApiNames.DEFAULT_HOST_PATH_PREFIX);
    return new HostPathPrefixes(
        Arrays.stream(list.split(",")).map(String::strip).filter(f -> !f.isEmpty()).toList());
  }
}
