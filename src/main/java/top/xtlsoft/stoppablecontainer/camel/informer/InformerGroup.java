package top.xtlsoft.stoppablecontainer.camel.informer;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The informers of one program, by name. Bean {@code informers}.
 *
 * <p>An object that is missing from a cache counts as deleted only after the first list. {@link
 * #synced()} completes when every registered informer has listed once.
 */
public final class InformerGroup {

  private static final Logger LOG = LoggerFactory.getLogger(InformerGroup.class);

  private final Map<String, SharedIndexInformer<? extends HasMetadata>> informers =
      new LinkedHashMap<>();
  private final Map<String, CompletableFuture<Void>> started = new LinkedHashMap<>();

  /**
   * Adds an informer that is not started yet.
   *
   * @throws IllegalArgumentException if the name is taken
   */
  public synchronized void register(
      String name, SharedIndexInformer<? extends HasMetadata> informer) {
    if (informers.putIfAbsent(name, informer) != null) {
      throw new IllegalArgumentException("an informer named " + name + " is registered already");
    }
    started.put(name, new CompletableFuture<>());
    informer.exceptionHandler(
        (isStarted, cause) -> {
          LOG.warn(
              "Informer lost the API server, retrying: informer={} error={}", name, "" + cause);
          return true;
        });
  }

  /**
   * The informer with this name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public synchronized SharedIndexInformer<? extends HasMetadata> get(String name) {
    SharedIndexInformer<? extends HasMetadata> informer = informers.get(name);
    if (informer == null) {
      throw new IllegalArgumentException(
          "no informer named " + name + "; there are: " + informers.keySet());
    }
    return informer;
  }

  /** Starts the informer with this name without waiting for its first list: {@link #synced()}. */
  synchronized void start(String name) {
    CompletableFuture<Void> done = started.get(name);
    get(name)
        .start()
        .whenComplete(
            (ok, failure) -> {
              if (failure == null) {
                LOG.debug("Informer has listed: informer={}", name);
                done.complete(null);
              } else {
                done.completeExceptionally(failure);
              }
            });
  }

  /** Stops every informer. */
  public synchronized void stop() {
    informers.values().forEach(SharedIndexInformer::stop);
  }

  /** Completes when all registered informers have listed; exceptionally if one stops before. */
  public synchronized CompletableFuture<Void> synced() {
    List<CompletableFuture<Void>> all = new ArrayList<>(started.values());
    return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
  }

  /** Whether every informer has listed and watches. */
  public synchronized boolean isHealthy() {
    return informers.values().stream().allMatch(i -> i.hasSynced() && i.isWatching());
  }
}
