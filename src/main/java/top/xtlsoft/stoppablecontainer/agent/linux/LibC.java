package top.xtlsoft.stoppablecontainer.agent.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import jnr.constants.platform.Errno;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/** System calls through the C library's {@code syscall(2)}, and memory for their arguments. */
final class LibC {

  /** On x86_64 and aarch64, variadic integers are passed like fixed arguments. */
  public interface Library {
    long syscall(long number, long a, long b, long c, long d, long e, long f);
  }

  private final Library library = LibraryLoader.create(Library.class).load("c");
  private final Runtime runtime = Runtime.getRuntime(library);

  NativeMemory memory(int bytes) {
    return new NativeMemory(runtime, bytes);
  }

  /** Makes the call once, without retry; returns -1 on failure. */
  long tryCall(Call call, Object... arguments) {
    long[] values = new long[6];
    try (Arena names = Arena.ofConfined()) {
      for (int i = 0; i < arguments.length; i++) {
        values[i] =
            switch (arguments[i]) {
              case Integer number -> number;
              case Long number -> number;
              case Fd fd -> fd.number();
              case NativeMemory memory -> memory.address();
              case Pointer part -> part.address();
              case String name -> names.allocateFrom(name, ISO_8859_1).address();
              default -> throw new IllegalArgumentException("can't pass " + arguments[i]);
            };
      }
      return library.syscall(
          call.number, values[0], values[1], values[2], values[3], values[4], values[5]);
    }
  }

  long call(Call call, Object... arguments) {
    while (true) {
      long result = tryCall(call, arguments);
      if (result != -1) {
        return result;
      }
      Errno errno = Errno.valueOf(runtime.getLastError());
      if (errno != Errno.EINTR) {
        throw new SyscallException(
            call.name().toLowerCase(Locale.ROOT),
            errno,
            Arrays.stream(arguments).map(LibC::show).collect(Collectors.joining(", ")));
      }
    }
  }

  private static String show(Object argument) {
    return switch (argument) {
      case NativeMemory memory -> "...";
      case Pointer part -> "...";
      case String name -> '"' + Names.toText(name) + '"';
      default -> argument.toString();
    };
  }
}
