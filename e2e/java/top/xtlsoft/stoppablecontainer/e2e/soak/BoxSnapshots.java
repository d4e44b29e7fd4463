package top.xtlsoft.stoppablecontainer.e2e.soak;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.api.RestorePhase;
import top.xtlsoft.stoppablecontainer.api.SnapshotPhase;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerRestore;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerRestoreSpec;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerRestoreStatus;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshotSpec;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshotStatus;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** The snapshots of one box, with what must be in them, and the restore that is under way. */
final class BoxSnapshots {

  /** More than this many are not kept: the oldest is deleted. */
  private static final int MOST = 2;

  /**
   * One snapshot.
   *
   * @param files all files but those of early execs
   * @param early files of early execs that had exited before
   */
  record Taken(String name, Manifest files, Set<String> early) {}

  private final String namespace;
  private final String box;
  private final Deque<Taken> taken = new ArrayDeque<>();
  private int number;
  private @Nullable String restore;

  BoxSnapshots(String namespace, String box) {
    this.namespace = namespace;
    this.box = box;
  }

  /** Takes one of the box, which is stopped for it if it runs. */
  void take(Manifest files, Set<String> early, Watched watched) {
    Taken next = new Taken(box + "-s" + ++number, files, Set.copyOf(early));
    StoppableContainerSnapshot wanted = new StoppableContainerSnapshot();
    wanted.setMetadata(named(next.name()));
    wanted.setSpec(
        new StoppableContainerSnapshotSpec(
            new StoppableContainerSnapshotSpec.Source(box), true, null));
    create(wanted, watched);
    taken.addLast(next);
    if (taken.size() > MOST) {
      delete(StoppableContainerSnapshot.class, taken.removeFirst().name(), watched);
    }
  }

  /** The one that was taken last. */
  Optional<Taken> newest() {
    return Optional.ofNullable(taken.peekLast());
  }

  /** Restores the oldest one, once the box is stopped; empty if there is none. */
  Optional<Taken> restoreOldest(Watched watched) {
    Taken oldest = taken.peekFirst();
    if (oldest == null) {
      return Optional.empty();
    }
    restore = box + "-r" + ++number;
    StoppableContainerRestore wanted = new StoppableContainerRestore();
    wanted.setMetadata(named(restore));
    wanted.setSpec(
        new StoppableContainerRestoreSpec(
            new StoppableContainerRestoreSpec.Target(box), oldest.name(), null, null, null));
    create(wanted, watched);
    return Optional.of(oldest);
  }

  /** Waits until all are taken and the restore is done, whose state before is dropped then. */
  void settle(Watched watched, Deadline deadline) {
    watched.await("snapshots of " + box, deadline, () -> unsettled(watched));
    String done = restore;
    if (done != null) {
      delete(StoppableContainerRestore.class, done, watched);
      restore = null;
    }
  }

  private Optional<String> unsettled(Watched watched) {
    for (Taken each : taken) {
      SnapshotPhase phase =
          watched
              .snapshot(each.name())
              .map(StoppableContainerSnapshot::getStatus)
              .map(StoppableContainerSnapshotStatus::phase)
              .orElse(null);
      if (phase != SnapshotPhase.READY) {
        return Optional.of("snapshot " + each.name() + " is " + phase);
      }
    }
    String running = restore;
    if (running == null) {
      return Optional.empty();
    }
    RestorePhase phase =
        watched
            .restore(running)
            .map(StoppableContainerRestore::getStatus)
            .map(StoppableContainerRestoreStatus::phase)
            .orElse(null);
    return phase == RestorePhase.RESTORED
        ? Optional.empty()
        : Optional.of("restore " + running + " is " + phase);
  }

  void deleteAll(Watched watched) {
    taken.forEach(each -> delete(StoppableContainerSnapshot.class, each.name(), watched));
    taken.clear();
  }

  private ObjectMeta named(String name) {
    return new ObjectMetaBuilder().withName(name).withNamespace(namespace).build();
  }

  private static void create(HasMetadata wanted, Watched watched) {
    watched.retry(
        "create " + wanted.getMetadata().getName(),
        Deadline.in(Timeouts.RECOVERED),
        client -> createOrFind(client, wanted));
  }

  /** A lost answer does not undo the change; no name is used twice. */
  private static HasMetadata createOrFind(KubernetesClient client, HasMetadata wanted) {
    try {
      return client.resource(wanted).create();
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
      return wanted;
    }
  }

  private void delete(Class<? extends HasMetadata> kind, String name, Watched watched) {
    watched.retry(
        "delete " + name,
        Deadline.in(Timeouts.RECOVERED),
        client -> client.resources(kind).inNamespace(namespace).withName(name).delete());
  }
}
