package top.xtlsoft.stoppablecontainer.e2e.support;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Runs tasks side by side, waits for all of them, and throws the first failure. */
public final class AtOnce {

  private AtOnce() {}

  /** A task that returns nothing. */
  @FunctionalInterface
  public interface Action<T> {
    void accept(T item) throws Exception;
  }

  /** Returns what the tasks return, in their order. */
  public static <T> List<T> run(Collection<? extends Callable<T>> tasks) {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<T> results = new ArrayList<>();
      for (Future<T> future : threads.invokeAll(tasks)) {
        results.add(future.get());
      }
      return results;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new AssertionError(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** Does the same with each item. */
  public static <T> void each(List<T> items, Action<T> action) {
    List<Callable<Void>> tasks = new ArrayList<>();
    for (T item : items) {
      tasks.add(
          () -> {
            action.accept(item);
            return null;
          });
    }
    run(tasks);
  }
}
