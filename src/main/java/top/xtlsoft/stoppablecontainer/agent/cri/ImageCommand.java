package top.xtlsoft.stoppablecontainer.agent.cri;

import java.util.List;

/**
 * What an image runs when a pod says nothing else.
 *
 * @param entrypoint its ENTRYPOINT, empty when it has none
 * @param cmd its CMD, empty when it has none
 */
public record ImageCommand(List<String> entrypoint, List<String> cmd) {

  public static final ImageCommand NONE = new ImageCommand(List.of(), List.of());

  public ImageCommand {
    entrypoint = List.copyOf(entrypoint);
    cmd = List.copyOf(cmd);
  }
}
