package top.xtlsoft.stoppablecontainer.agent.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

/** Conversion between text and file names, in which one char is one byte. */
public final class Names {

  private Names() {}

  /** The name that a program writes for this text on a UTF-8 system. */
  public static String fromText(String text) {
    return new String(text.getBytes(UTF_8), ISO_8859_1);
  }

  /** A name as people read it; what is no UTF-8 becomes a replacement character. */
  public static String toText(String name) {
    return new String(name.getBytes(ISO_8859_1), UTF_8);
  }

  /** A path that is relative to a root: without leading slashes, {@code .} when nothing is left. */
  public static String beneathRoot(String path) {
    int start = 0;
    while (start < path.length() && path.charAt(start) == '/') {
      start++;
    }
    return start == path.length() ? "." : path.substring(start);
  }
}
