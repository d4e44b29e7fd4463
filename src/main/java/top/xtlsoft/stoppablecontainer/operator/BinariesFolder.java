package top.xtlsoft.stoppablecontainer.operator;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import top.xtlsoft.stoppablecontainer.operator.model.BinConfigMapFactory;

/** Reads the binaries for pods: {@code <folder>/<architecture>/{sc-exec,pause,wake}}. */
public final class BinariesFolder {

  /** As nodes name them; other folders are ignored, such as builds for tests. */
  private static final List<String> ARCHITECTURES = List.of("amd64", "arm64");

  private static final List<String> FILES = List.of("sc-exec", "pause", "wake");

  private BinariesFolder() {}

  /**
   * Reads all architectures that are complete.
   *
   * @throws IOException if the folder can't be read or holds none
   */
  public static BinConfigMapFactory read(Path folder) throws IOException {
    Map<String, Map<String, byte[]>> byArchitecture = new TreeMap<>();
    for (String architecture : ARCHITECTURES) {
      Path binaries = folder.resolve(architecture);
      if (FILES.stream().allMatch(file -> Files.isRegularFile(binaries.resolve(file)))) {
        Map<String, byte[]> contents = new TreeMap<>();
        for (String file : FILES) {
          contents.put(file, Files.readAllBytes(binaries.resolve(file)));
        }
        byArchitecture.put(architecture, contents);
      }
    }
    if (byArchitecture.isEmpty()) {
      throw new IOException("no <architecture>/{sc-exec,pause,wake} in " + folder);
    }
    return new BinConfigMapFactory(byArchitecture);
  }
}
