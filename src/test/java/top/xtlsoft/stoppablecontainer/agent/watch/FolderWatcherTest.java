package top.xtlsoft.stoppablecontainer.agent.watch;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderWatcherTest {

  @TempDir private Path folder;
  private final FolderWatcher watcher = new FolderWatcher();
  private final Semaphore request = new Semaphore(0);
  private final Semaphore other = new Semaphore(0);

  @AfterEach
  void stop() {
    watcher.close();
  }

  @Test
  void reportsTheFileOfThatNameAlone() throws Exception {
    watcher.watch(folder, "request.json", request::release);
    watcher.watch(folder, "request.json.new", other::release);
    assertTrue(request.tryAcquire(10, SECONDS), "it looks once at a folder that is there");
    assertTrue(other.tryAcquire(10, SECONDS));

    Path file = Files.createFile(folder.resolve("request.json.new"));
    assertTrue(other.tryAcquire(10, SECONDS));
    // It reports the first file to all before it reports the next.
    Files.delete(file);
    Files.createFile(file);
    assertTrue(other.tryAcquire(10, SECONDS));
    assertEquals(0, request.availablePermits());

    Files.move(file, folder.resolve("request.json"));
    assertTrue(request.tryAcquire(10, SECONDS));
  }

  @Test
  void waitsForAFolderThatIsNotThereYet() throws Exception {
    Path later = folder.resolve("volumes/request");
    watcher.watch(later, "request.json", request::release);
    Files.createDirectories(later);
    assertTrue(request.tryAcquire(10, SECONDS));
    Files.createFile(later.resolve("request.json"));
    assertTrue(request.tryAcquire(10, SECONDS));
  }
}
