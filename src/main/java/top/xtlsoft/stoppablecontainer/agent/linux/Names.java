package top.xtlsoft.stoppablecontainer.agent.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

/** Conversion between text and file names, in which one char is one byte. */
public final class Names {

  private Names() {}

  /** The file name for this text in UTF-8. */
  public static String fromText(String text) {
    return new String(text.getBytes(UTF_8), ISO_8859_1);
  }

  /** A readable name; invalid UTF-8 becomes a replacement character. */
  public static String toText(String name) {
    return new String(name.getBytes(ISO_8859_1), UTF_8);
  }

  /** A path relative to a root: without leading slashes; {@code .} for the root itself. */
  public static String beneathRoot(String path) {
    int start = 0;
    while (start < path.length() && path.charAt(start) == '/') {
      start++;
    }
    return start == path.length() ? "." : path.substring(start);
  }
}
