package top.xtlsoft.stoppablecontainer.agent.process;

import java.util.List;
import java.util.Optional;

/**
 * One line of /proc/PID/mountinfo, see proc_pid_mountinfo(5).
 *
 * @param id ID of the mount
 * @param parent ID of the mount that it lies on
 * @param device major and minor number of its file system, {@code 0:57}
 * @param root folder of its file system that is its root
 * @param mountPoint where it lies, seen from the process' root
 * @param options options of the mount
 * @param shared whether mounts that are made on it spread to its peers, see mount_namespaces(7)
 * @param type type of its file system
 * @param superOptions options of its file system, each unescaped
 */
public record MountEntry(
    int id,
    int parent,
    String device,
    String root,
    String mountPoint,
    List<String> options,
    boolean shared,
    String type,
    List<String> superOptions) {

  public MountEntry {
    options = List.copyOf(options);
    superOptions = List.copyOf(superOptions);
  }

  /** Value of an option of its file system. */
  public Optional<String> superOption(String name) {
    return superOptions.stream()
        .filter(option -> option.startsWith(name + "="))
        .map(option -> option.substring(name.length() + 1))
        .findFirst();
  }
}
