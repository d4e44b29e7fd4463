package top.xtlsoft.stoppablecontainer.agent.linux;

import java.lang.foreign.Arena;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/**
 * Zeroed memory for the kernel to read and write during a call, given back when it is closed. JNR's
 * own is given back when the collector has found that nobody has it any more: a burst of starts
 * reads so many files that this took hundreds of MiB, which no limit of the heap holds down.
 */
final class NativeMemory implements AutoCloseable {

  /** Of the largest field in the kernel's structures. */
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
