package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/** A write of a program, which a file system may refuse. */
interface Writing {

  void run() throws IOException;

  /** The reason that a program gets for a refused write. */
  static String refusal(Writing writing) {
    IOException refusal = assertThrows(IOException.class, writing::run);
    return refusal instanceof FileSystemException refused
        ? String.valueOf(refused.getReason())
        : String.valueOf(refusal.getMessage());
  }

  /** Writes to a file until its file system refuses that. */
  static void fill(Path file) throws IOException {
    try (RandomAccessFile writer = new RandomAccessFile(file.toFile(), "rw")) {
      byte[] block = new byte[4096];
      while (true) {
        writer.write(block);
      }
    }
  }
}
