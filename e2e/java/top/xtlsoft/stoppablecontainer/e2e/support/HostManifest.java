package top.xtlsoft.stoppablecontainer.e2e.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The files of the embedded node that no pod may change: a line for each file, with all facts that
 * show a change, including the ctime, which no program can set.
 */
public record HostManifest(SortedMap<String, String> files) {

  private static final String[] WHOLE = {"/etc", "/usr/local", "/root/.ssh", "/boot", "/opt"};
  private static final int FEWEST = 100;
  private static final String[] NAMES_ONLY = {"/", "/dev", "/usr", "/var", "/var/lib", "/run"};

  /** The manifest of the whole node and of a folder of another user. */
  public static HostManifest of(ClusterEnv cluster, String... others) {
    SortedMap<String, String> files = new TreeMap<>();
    Path root = cluster.nodeRoot();
    Stream.concat(Stream.of(WHOLE), Stream.of(others)).forEach(path -> walk(root, path, files));
    for (String path : NAMES_ONLY) {
      try (Stream<Path> names = Files.list(at(root, path))) {
        names.forEach(name -> files.put(path + " has " + name.getFileName(), kind(name)));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    if (files.size() < FEWEST) {
      throw new AssertionError("only " + files.size() + " files seen: this would prove nothing");
    }
    return new HostManifest(files);
  }

  /** The manifest of a folder's content. */
  public static HostManifest ofFolder(Path folder) {
    SortedMap<String, String> files = new TreeMap<>();
    walk(folder, "", files);
    return new HostManifest(files);
  }

  /** Fails with the differences. */
  public void requireSame(HostManifest before) {
    SortedMap<String, String> changed = new TreeMap<>(files);
    changed.entrySet().removeAll(before.files.entrySet());
    SortedMap<String, String> gone = new TreeMap<>(before.files);
    gone.keySet().removeAll(files.keySet());
    if (!changed.isEmpty() || !gone.isEmpty()) {
      throw new AssertionError("the node changed: new or other " + changed + ", gone " + gone);
    }
  }

  private static void walk(Path root, String top, Map<String, String> into) {
    Path start = at(root, top);
    if (!Files.exists(start, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try {
      Files.walkFileTree(
          start,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes)
                throws IOException {
              return visitFile(dir, attributes);
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              into.put("/" + root.relativize(file), line(file));
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException("cannot look at " + top + " of the node", e);
    }
  }

  private static String line(Path file) throws IOException {
    Map<String, Object> facts =
        Files.readAttributes(
            file, "unix:mode,uid,gid,size,nlink,lastModifiedTime,ctime", LinkOption.NOFOLLOW_LINKS);
    return new TreeMap<>(facts)
        + (Files.isSymbolicLink(file) ? " -> " + Files.readSymbolicLink(file) : "");
  }

  private static String kind(Path file) {
    if (Files.isSymbolicLink(file)) {
      return "link";
    }
    return Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS) ? "folder" : "file";
  }

  private static Path at(Path root, String path) {
    return Path.of(root + path);
  }
}
