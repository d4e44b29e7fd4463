package top.xtlsoft.stoppablecontainer.agent.linux;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * Runs one piece of work on a platform thread of its own that ends with it: the thread's root,
 * working directory and mount namespace are changed, and must never be met by other work.
 *
 * <p>A path that the JVM opens on such a thread (a class from a jar that was not read yet, a log
 * file) is looked up in the root that the thread has at that moment. Hence work that enters a pod's
 * mount namespace takes the agent's own root back at once and goes on through descriptors, and the
 * agent runs each kind of work once when it starts, so that all classes are loaded.
 */
public final class NamespaceThread {

  private final LinuxSyscalls linux;
  private final boolean keepsOneReady;
  private final AtomicReference<@Nullable Ready> ready = new AtomicReference<>();

  public NamespaceThread(LinuxSyscalls linux) {
    this(linux, false);
  }

  private NamespaceThread(LinuxSyscalls linux, boolean keepsOneReady) {
    this.linux = linux;
    this.keepsOneReady = keepsOneReady;
  }

  /**
   * For work that somebody waits for: the thread of the next one is begun beforehand, which took
   * 0.8 ms of the 6 that an attach takes.
   */
  public static NamespaceThread keptReady(LinuxSyscalls linux) {
    return new NamespaceThread(linux, true);
  }

  /** A thread that has begun, and has done nothing but wait for its one piece of work. */
  private static final class Ready {
    private final CompletableFuture<Runnable> work = new CompletableFuture<>();

    Ready() {
      Thread.ofPlatform().daemon().start(() -> work.join().run());
    }

    void run(String name, Runnable task) {
      work.complete(
          () -> {
            Thread.currentThread().setName("ns-" + name);
            task.run();
          });
    }
  }

  /**
   * Runs the work and waits for it, also when this thread is interrupted meanwhile: work on mounts
   * is never left alone half done.
   *
   * @throws RuntimeException what the work threw
   */
  public <T> T call(String name, Callable<T> work) {
    Map<String, String> mdc = MDC.getCopyOfContextMap();
    FutureTask<T> task =
        new FutureTask<>(
            () -> {
              if (mdc != null) {
                MDC.setContextMap(mdc);
              }
              linux.unshareFs();
              return work.call();
            });
    Optional.ofNullable(ready.getAndSet(null)).orElseGet(Ready::new).run(name, task);
    prepare();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (java.util.concurrent.ExecutionException e) {
      switch (e.getCause()) {
        case RuntimeException failure -> throw failure;
        case Error failure -> throw failure;
        default -> throw new IllegalStateException(name + " failed", e.getCause());
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** While the work is being done, and this thread would wait for it. */
  private void prepare() {
    if (keepsOneReady && ready.get() == null) {
      Ready next = new Ready();
      if (!ready.compareAndSet(null, next)) {
        next.run("spare", () -> {});
      }
    }
  }
}
