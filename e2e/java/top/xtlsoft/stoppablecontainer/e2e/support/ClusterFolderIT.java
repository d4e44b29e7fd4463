package top.xtlsoft.stoppablecontainer.e2e.support;

import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * How {@code e2e/cluster/cluster down} removes the disk of a node, whatever its containers left.
 */
class ClusterFolderIT {

  @TempDir Path folder;

  @Test
  void removesWhatAContainerMadeImmutable() throws IOException {
    Path disk = folder.resolve("disk");
    Files.createDirectories(disk);
    // One of them lies deeper than a path can name at once.
    shell(
            """
            cd "$0"
            mkdir -p pod/etc-hosts.d pod/locked/in
            touch pod/etc-hosts pod/log pod/locked/in/file
            mkfifo pod/pipe
            ln -s /etc pod/link
            i=0
            while [ $i -lt 30 ]; do
              i=$((i + 1))
              name=$(printf '%0200d' $i)
              mkdir "$name"
              cd "$name"
            done
            touch deep
            chattr +i deep
            cd "$0"
            chattr +i pod/etc-hosts pod/locked/in/file pod/locked/in pod/locked
            chattr +a pod/log
            """,
            disk)
        .ok();

    shell(". e2e/cluster/lib/common.sh; remove_folder \"$0\"", disk).ok();

    assertFalse(Files.exists(disk));
  }

  private static Result shell(String script, Path folder) {
    return Command.run(List.of("bash", "-euc", script, folder.toString()), "", Timeouts.COMMAND);
  }
}
