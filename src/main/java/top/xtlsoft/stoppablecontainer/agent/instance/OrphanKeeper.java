package top.xtlsoft.stoppablecontainer.agent.instance;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.camel.Header;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.AgentSettings;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.OrphanSettings;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.filesystem.Orphan;
import top.xtlsoft.stoppablecontainer.agent.filesystem.OrphanFolders;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FolderRecord;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Place;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentEvents;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentInstances;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.UserAnnotation;
import top.xtlsoft.stoppablecontainer.camel.ScHeaders;

/**
 * Keeps the file systems whose instances the API server does not know: sets them aside, reports
 * them, and purges those that an administrator names or that are older than the agent's setting.
 * What no agent made is left alone, and so are snapshots that the API server does not know.
 */
public final class OrphanKeeper {

  private static final Logger LOG = LoggerFactory.getLogger(OrphanKeeper.class);

  static final String SET_ASIDE = "FileSystemSetAside";
  static final String ADOPTED = "FileSystemAdopted";

  /** An API server keeps an event for an hour, unless it is set otherwise. */
  private static final Duration SAY_AGAIN = Duration.ofHours(1);

  private final AgentSettings settings;
  private final OrphanSettings orphanSettings;
  private final AgentInstances instances;
  private final FileSystemStore store;
  private final OrphanFolders orphans;
  private final LostSnapshots snapshots;
  private final OrphanReport report;
  private final AgentEvents events;
  private final Clock clock;

  /** When the last event was recorded, by UID of the orphan and of the owner's instance. */
  private final Map<String, Instant> said = new HashMap<>();

  /** UIDs of instances whose adoption was reported. */
  private final Set<String> saidAdopted = new HashSet<>();

  private volatile List<Orphan> known = List.of();

  public OrphanKeeper(
      AgentSettings settings,
      OrphanSettings orphanSettings,
      AgentInstances instances,
      FileSystemStore store,
      OrphanFolders orphans,
      LostSnapshots snapshots,
      AgentEvents events,
      KubernetesClient client,
      Clock clock) {
    this.settings = settings;
    this.orphanSettings = orphanSettings;
    this.instances = instances;
    this.store = store;
    this.orphans = orphans;
    this.snapshots = snapshots;
    this.report = new OrphanReport(client, orphanSettings.namespace(), settings.nodeName());
    this.events = events;
    this.clock = clock;
  }

  /** Sets aside each folder whose instance the API server does not know. */
  public void setAside() {
    store.list().forEach(this::setAsideIfOrphan);
    list();
    snapshots.look();
  }

  private void setAsideIfOrphan(Place place) {
    try {
      Optional<FolderRecord> record = store.record(place);
      if (record.isEmpty()) {
        LOG.debug("Left alone, no agent made it: folder={}", place);
      } else if (isOrphan(place, record.get().uid(), instances.cached(key(place)))) {
        orphans.setAside(
            place,
            record.get().uid(),
            "the API server has no instance of this UID",
            // Not from the cache, which holds this node's instances only: a node with a wrong name
            // would take every folder for an orphan.
            uid -> isOrphan(place, uid, instances.fetch(key(place))));
      }
    } catch (NotYetException e) {
      LOG.info("Not set aside yet: folder={} reason={}", place, e.getMessage());
    } catch (RefusedException e) {
      LOG.info("Left alone: folder={} reason={}", place, e.getMessage());
    }
  }

  private static boolean isOrphan(
      Place place, String uid, Optional<StoppableContainerInstance> instance) {
    return instance
        .filter(found -> found.getMetadata().getUid().equals(uid))
        .filter(found -> found.getMetadata().getName().equals(place.name()))
        .isEmpty();
  }

  private static String key(Place place) {
    return place.namespace() + "/" + place.name();
  }

  private void list() {
    known = orphans.list();
  }

  /** Removes for good what an administrator names, and what is older than the setting. */
  public void purge() {
    if (isNothingToReport()) {
      return;
    }
    Set<String> named = report.toPurge();
    snapshots.purge(named);
    for (Orphan orphan : known) {
      if (named.contains(orphan.uid()) || isTooOld(orphan)) {
        orphans.purge(orphan);
      }
    }
    list();
  }

  private boolean isNothingToReport() {
    return known.isEmpty() && snapshots.known().isEmpty() && !report.mayHoldEntries();
  }

  private boolean isTooOld(Orphan orphan) {
    return orphan.setAside().purging()
        || orphanSettings.purgeAfter().filter(most -> age(orphan).compareTo(most) > 0).isPresent();
  }

  private Duration age(Orphan orphan) {
    return Duration.between(orphan.since(), clock.instant());
  }

  /** Has the API server know what is set aside, and what was adopted. */
  public void report() {
    if (!isNothingToReport()) {
      known = known.stream().map(orphans::measured).toList();
      report.write(known, snapshots.known());
    }
    known.forEach(this::sayIfDue);
    Instant now = clock.instant();
    said.values().removeIf(last -> Duration.between(last, now).compareTo(SAY_AGAIN) >= 0);
    List<StoppableContainerInstance> all = instances.all();
    all.forEach(this::sayIfAdopted);
    saidAdopted.retainAll(all.stream().map(instance -> instance.getMetadata().getUid()).toList());
  }

  private void sayIfDue(Orphan orphan) {
    FolderRecord.SetAside aside = orphan.setAside();
    if (isDue(orphan.uid())) {
      events.ofNode(
          SET_ASIDE,
          "The files of StoppableContainer %s/%s, UID %s, are set aside since %s (%s): %s."
              .formatted(
                  aside.namespace(),
                  aside.name(),
                  orphan.uid(),
                  aside.since(),
                  text(age(orphan)),
                  aside.reason()));
    }
    instances
        .cached(keyOf(orphan))
        .filter(instance -> isDue(orphan.uid() + " " + instance.getMetadata().getUid()))
        .ifPresent(
            instance ->
                events.ofOwner(
                    instance,
                    SET_ASIDE,
                    "The files of an earlier StoppableContainer of this name are set aside on node"
                        + " %s. To have them, delete this one and create it with the annotation %s: %s"
                            .formatted(
                                settings.nodeName(), UserAnnotation.ADOPT.key(), orphan.uid())));
  }

  /** Whether an event was not recorded in the last hour; remembers that it is now. */
  private boolean isDue(String event) {
    Instant now = clock.instant();
    Instant last = said.get(event);
    if (last != null && Duration.between(last, now).compareTo(SAY_AGAIN) < 0) {
      return false;
    }
    said.put(event, now);
    return true;
  }

  private static String keyOf(Orphan orphan) {
    return orphan.setAside().namespace() + "/" + orphan.setAside().name();
  }

  private static String text(Duration age) {
    return age.toDays() > 0 ? age.toDays() + " days" : age.toHours() + " hours";
  }

  private void sayIfAdopted(StoppableContainerInstance resource) {
    Optional<String> wanted = UserAnnotation.ADOPT.of(resource);
    Instance instance = Instance.of(resource);
    if (wanted.isEmpty() || saidAdopted.contains(instance.uid()) || !store.allows(instance)) {
      return;
    }
    boolean adopted =
        store
            .look(instance, folder -> folder.recordOf(instance.uid()))
            .filter(record -> wanted.get().equals(record.adopted()))
            .isPresent();
    if (adopted) {
      events.ofOwner(
          resource, ADOPTED, "The file system of UID %s is adopted.".formatted(wanted.get()));
      saidAdopted.add(instance.uid());
    }
  }

  /** Whether a mount of the instance changes the report, or calls for an event of its owner. */
  public boolean concerns(@Header(ScHeaders.KEY) String instanceKey) {
    return instances.cached(instanceKey).flatMap(UserAnnotation.ADOPT::of).isPresent()
        || known.stream().anyMatch(orphan -> keyOf(orphan).equals(instanceKey));
  }

  /** What was set aside on the node when it was last looked at. */
  public List<Orphan> known() {
    return known;
  }
}
