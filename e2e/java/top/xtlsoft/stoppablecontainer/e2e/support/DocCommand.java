package top.xtlsoft.stoppablecontainer.e2e.support;

import java.util.List;

/**
 * A command that a page has its reader type.
 *
 * @param page the page's path in the repository
 * @param section the heading that it stands below
 * @param onNode whether it is typed as root on a node: behind {@code node1# }, not behind {@code $
 *     }
 * @param line what is typed, with the lines that a backslash adds
 * @param input what is typed into it, behind prompts with an {@code @}
 * @param answer the lines that the page shows as its answer; none if the page shows none
 */
public record DocCommand(
    String page,
    String section,
    boolean onNode,
    String line,
    List<String> input,
    List<String> answer) {

  public DocCommand {
    input = List.copyOf(input);
    answer = List.copyOf(answer);
  }

  /** What it does, without comments and spaces that only please the eye. */
  public String text() {
    return textOf(line);
  }

  /** The same of a command that stands elsewhere. */
  static String textOf(String line) {
    return line.replace("\\\n", " ")
        .replaceAll("(?m)\\s#\\s.*$", " ")
        .replaceAll("\\s+", " ")
        .strip();
  }

  @Override
  public String toString() {
    return "'%s' (%s, %s)".formatted(text(), page, section);
  }
}
