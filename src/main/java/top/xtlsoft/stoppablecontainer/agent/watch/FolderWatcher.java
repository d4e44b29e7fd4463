package top.xtlsoft.stoppablecontainer.agent.watch;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.OVERFLOW;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports when a file of some name appears in a folder (inotify). A folder that is not there yet is
 * waited for at the nearest one above it that is.
 */
public final class FolderWatcher implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(FolderWatcher.class);

  private final WatchService service;
  private final Map<WatchKey, Set<Watch>> watches = new HashMap<>();
  private final Thread thread;

  /** Starts to listen. */
  public FolderWatcher() {
    try {
      service = FileSystems.getDefault().newWatchService();
    } catch (IOException e) {
      throw new UncheckedIOException(
          "no inotify instance is left on this node: raise its sysctl fs.inotify.max_user_instances",
          e);
    }
    thread = Thread.ofPlatform().name("folder-watcher").daemon().start(this::listen);
  }

  /** One folder that is watched, until it is closed. */
  public final class Watch implements AutoCloseable {
    private final Path folder;
    private final String file;
    private final Runnable onFile;
    private WatchKey key;
    private boolean there;

    private Watch(Path folder, String file, Runnable onFile) {
      this.folder = folder;
      this.file = file;
      this.onFile = onFile;
    }

    /** Whether it is there now, as far as is known: inotify may have had too much to tell. */
    private boolean isAmong(List<WatchEvent<?>> events) {
      return events.stream()
          .anyMatch(
              event -> event.kind() == OVERFLOW || String.valueOf(event.context()).equals(file));
    }

    @Override
    public void close() {
      forget(this);
    }
  }

  /**
   * Watches a folder.
   *
   * @param file name of the file; the agent ignores all others
   * @param onFile called when the folder is there, and each time the file appears in it; must
   *     return at once
   */
  public Watch watch(Path folder, String file, Runnable onFile) {
    Watch watch = new Watch(folder, file, onFile);
    locate(watch);
    return watch;
  }

  /** Whether the thread that listens for files is alive. */
  public boolean isListening() {
    return thread.isAlive();
  }

  private synchronized void locate(Watch watch) {
    forget(watch);
    Path at = watch.folder;
    while (at != null) {
      try {
        watch.key = at.register(service, ENTRY_CREATE);
        watches.computeIfAbsent(watch.key, k -> new HashSet<>()).add(watch);
        watch.there = at.equals(watch.folder);
        if (watch.there) {
          // What came before the watch was there is found by looking once.
          watch.onFile.run();
          return;
        }
        Path next = at.resolve(watch.folder.getName(at.getNameCount()));
        if (!Files.exists(next, LinkOption.NOFOLLOW_LINKS)) {
          return;
        }
        forget(watch);
        at = watch.folder;
      } catch (NoSuchFileException | NotDirectoryException e) {
        at = at.getParent();
      } catch (IOException e) {
        throw new UncheckedIOException("can't watch " + at, e);
      }
    }
  }

  private synchronized void forget(Watch watch) {
    if (watch.key != null) {
      Set<Watch> others = watches.get(watch.key);
      if (others != null) {
        others.remove(watch);
        if (others.isEmpty()) {
          watches.remove(watch.key);
          watch.key.cancel();
        }
      }
      watch.key = null;
    }
  }

  private void listen() {
    try {
      while (true) {
        WatchKey key = service.take();
        List<WatchEvent<?>> events = key.pollEvents();
        boolean valid = key.reset();
        tell(key, events, valid);
      }
    } catch (InterruptedException | ClosedWatchServiceException e) {
      LOG.debug("Stopped to watch folders");
    }
  }

  private synchronized void tell(WatchKey key, List<WatchEvent<?>> events, boolean valid) {
    for (Watch watch : List.copyOf(watches.getOrDefault(key, Set.of()))) {
      try {
        if (!watch.there || !valid) {
          locate(watch);
        } else if (watch.isAmong(events)) {
          watch.onFile.run();
        }
      } catch (RuntimeException e) {
        LOG.warn("Folder not watched, a timer looks into it: folder={}", watch.folder, e);
      }
    }
  }

  @Override
  public void close() {
    try {
      service.close();
    } catch (IOException e) {
      LOG.debug("Inotify not closed", e);
    }
    thread.interrupt();
  }
}
