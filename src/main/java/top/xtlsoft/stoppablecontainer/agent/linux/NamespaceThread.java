package top.xtlsoft.stoppablecontainer.agent.linux;

import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
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

  public NamespaceThread(LinuxSyscalls linux) {
    this.linux = linux;
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
    Thread.ofPlatform().name("ns-" + name).start(task);
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
}
