package top.xtlsoft.stoppablecontainer.scexec;

import java.util.List;

/** What a process left behind. {@code exitCode} is 128+n when signal n ended it. */
record Finished(int exitCode, String stdout, String stderr) {

  List<String> lines() {
    return stdout.lines().toList();
  }
}
