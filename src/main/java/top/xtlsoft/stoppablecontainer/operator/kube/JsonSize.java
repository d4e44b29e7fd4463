package top.xtlsoft.stoppablecontainer.operator.kube;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** Measures objects as the API server sends them, without writing them down. */
final class JsonSize {

  private static final ObjectMapper JSON = new ObjectMapper();

  private JsonSize() {}

  /** Bytes of the object as JSON. */
  static long bytes(@Nullable Object object) {
    Counter counter = new Counter();
    try {
      JSON.writeValue(counter, object);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return counter.bytes;
  }

  private static final class Counter extends OutputStream {

    private long bytes;

    @Override
    public void write(int one) {
      bytes++;
    }

    @Override
    public void write(byte[] buffer, int offset, int length) {
      bytes += length;
    }
  }
}
