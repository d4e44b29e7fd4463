package top.xtlsoft.stoppablecontainer.e2e.support;

import java.util.List;

/**
 * A command in a page, for its reader to type.
 *
 * @param page the page's path in the repository
 * @param section the heading that it stands below
 * @param onNode whether it is for root on a node (prompt {@code node1# }, not {@code $ })
 * @param line the command, with its continuation lines
 * @param input its input, behind prompts with an {@code @}
 * @param answer the output that the page shows; empty if it shows none
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

  /** The command without comments and extra spaces. */
  public String text() {
    return textOf(line);
  }

  /** The text of a command in a sentence. */
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
