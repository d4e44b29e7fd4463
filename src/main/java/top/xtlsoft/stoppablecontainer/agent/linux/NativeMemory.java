package top.xtlsoft.stoppablecontainer.agent.linux;

import java.lang.foreign.Arena;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/**
 * Zeroed memory for the arguments of a system call; {@link #close} frees it. JNR's own memory is
 * freed only after a garbage collection: during a burst of starts it grew to hundreds of MiB, and
 * no heap limit bounds it.
 */
final class NativeMemory implements AutoCloseable {

  /** Size of the largest field in the kernel's structures. */
  private static final long ALIGNMENT_BYTES = Long.BYTES;

  private final Arena arena = Arena.ofConfined();
  private final Pointer pointer;

  NativeMemory(Runtime runtime, int bytes) {
    pointer = Pointer.wrap(runtime, arena.allocate(bytes, ALIGNMENT_BYTES).address());
  }

  Pointer pointer() {
    return pointer;
  }

  long address() {
    return pointer.address();
  }

  @Override
  public void close() {
    arena.close();
  }
}
