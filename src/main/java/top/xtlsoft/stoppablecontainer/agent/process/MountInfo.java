package top.xtlsoft.stoppablecontainer.agent.process;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The mounts that a process sees, in the kernel's order, which is that of their making.
 *
 * @param entries all of them
 */
public record MountInfo(List<MountEntry> entries) {

  public MountInfo {
    entries = List.copyOf(entries);
  }

  /**
   * Reads the text of a mountinfo file.
   *
   * @throws IllegalArgumentException if a line is not as the kernel writes it
   */
  public static MountInfo parse(String text) {
    // Not String.lines(): a name may hold a carriage return, which the kernel writes as it is.
    return new MountInfo(
        text.isEmpty()
            ? List.of()
            : Arrays.stream(
                    (text.endsWith("\n") ? text.substring(0, text.length() - 1) : text)
                        .split("\n", -1))
                .map(MountInfo::line)
                .toList());
  }

  /** The mount that processes see as their root: the topmost of those at {@code /}. */
  public Optional<MountEntry> root() {
    return at("/");
  }

  /**
   * The topmost mount at that place: the one on which no other of that place lies. Their order does
   * not tell, it is that of their making.
   */
  public Optional<MountEntry> at(String mountPoint) {
    List<MountEntry> there =
        entries.stream().filter(e -> e.mountPoint().equals(mountPoint)).toList();
    return there.stream()
        .filter(e -> there.stream().noneMatch(other -> other.parent() == e.id()))
        .reduce((first, last) -> last);
  }

  private static MountEntry line(String line) {
    String[] fields = line.split(" ");
    // Behind six fields of any content comes any number of tags, and then a dash.
    int dash = 6;
    while (dash < fields.length && !fields[dash].equals("-")) {
      dash++;
    }
    if (fields.length < dash + 4) {
      throw new IllegalArgumentException("not a line of mountinfo: " + line);
    }
    return new MountEntry(
        Integer.parseInt(fields[0]),
        Integer.parseInt(fields[1]),
        fields[2],
        unescape(fields[3]),
        unescape(fields[4]),
        List.of(fields[5].split(",")),
        Arrays.stream(fields, 6, dash).anyMatch(tag -> tag.startsWith("shared:")),
        fields[dash + 1],
        Arrays.stream(fields[dash + 3].split(",")).map(MountInfo::unescape).toList());
  }

  /** The kernel writes blanks, backslashes, commas, ... as a backslash and three octal digits. */
  public static String unescape(String field) {
    if (field.indexOf('\\') < 0) {
      return field;
    }
    StringBuilder text = new StringBuilder(field.length());
    for (int i = 0; i < field.length(); i++) {
      if (field.charAt(i) == '\\' && isOctal(field, i + 1)) {
        text.append((char) Integer.parseInt(field.substring(i + 1, i + 4), 8));
        i += 3;
      } else {
        text.append(field.charAt(i));
      }
    }
    return text.toString();
  }

  private static boolean isOctal(String text, int at) {
    if (at + 3 > text.length()) {
      return false;
    }
    for (int i = at; i < at + 3; i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '7') {
        return false;
      }
    }
    return true;
  }
}
