package top.xtlsoft.stoppablecontainer.e2e.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * The embedded cluster's node, seen through /proc of one of its processes. Each call looks the
 * process up again, because a reboot replaces it.
 */
record ProcNode(LongSupplier pid) implements Node {

  private Path proc() {
    return Path.of("/proc", Long.toString(pid.getAsLong()));
  }

  private Path at(String path) {
    return Path.of(proc() + "/root" + path);
  }

  @Override
  public String mountTable() {
    try {
      return Files.readString(proc().resolve("mountinfo"));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the node's mount table", e);
    }
  }

  @Override
  public boolean exists(String path) {
    return Files.exists(at(path), LinkOption.NOFOLLOW_LINKS);
  }

  @Override
  public List<String> list(String path) {
    try (Stream<Path> files = Files.list(at(path))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + path + " on the node", e);
    }
  }

  @Override
  public long sizeBytes(String path) {
    try {
      return Files.size(at(path));
    } catch (IOException e) {
      throw new UncheckedIOException("no size of " + path + " on the node", e);
    }
  }
}
