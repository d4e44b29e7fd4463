package top.xtlsoft.stoppablecontainer.agent.process;

/**
 * A process of a container, as proc_pid_stat(5) shows it.
 *
 * @param pid its number on the node
 * @param parent its parent's number on the node
 * @param hasEnded whether it has ended and was not waited for
 * @param terminal device of its controlling terminal, encoded as st_dev; 0 for none
 * @param cpuTicks processor time of it and of the children that it has waited for, in hundredths of
 *     a second
 * @param startTicks when it was started, in hundredths of a second since the boot
 */
public record ContainerProcess(
    int pid, int parent, boolean hasEnded, long terminal, long cpuTicks, long startTicks) {

  private static final int STATE = 0;
  private static final int PARENT = 1;
  private static final int TERMINAL = 4;
  private static final int FIRST_TIME = 11;
  private static final int LAST_TIME = 14;
  private static final int START = 19;

  /** Reads the text of a /proc/PID/stat. */
  static ContainerProcess parse(int pid, String stat) {
    // Its name, in parentheses, may hold anything.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ");
    long ticks = 0;
    for (int i = FIRST_TIME; i <= LAST_TIME; i++) {
      ticks += Long.parseLong(fields[i]);
    }
    return new ContainerProcess(
        pid,
        Integer.parseInt(fields[PARENT]),
        fields[STATE].equals("Z") || fields[STATE].equals("X"),
        Integer.toUnsignedLong(Integer.parseInt(fields[TERMINAL])),
        ticks,
        Long.parseLong(fields[START]));
  }
}
