package top.xtlsoft.stoppablecontainer.e2e.soak;

import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.StatusDetails;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerPhase;
import top.xtlsoft.stoppablecontainer.api.UserAnnotation;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.PodExec;
import top.xtlsoft.stoppablecontainer.e2e.support.Result;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** One StoppableContainer: its wanted state, and its files at the last check. */
final class Box {

  private static final String SCRIPT = Fixture.of("soak.sh").text();

  /** Writes the argument's file durably, in the root that the exec gets. */
  private static final String EARLY =
      "mkdir -p /early && echo early >\"$0\" && scratch fsync \"$0\" /early /";

  /** Unless it has this annotation, it is idle. */
  private static final String STAYS =
      "\"%s\":\"2040-01-31T18:00:00Z\"".formatted(UserAnnotation.KEEP_AWAKE_UNTIL.key());

  private static final Duration LONGEST_COMMAND = Duration.ofSeconds(10);
  private static final int CHANGES = 12;

  /** Number of attempts of an early exec, and the pause between them. */
  private static final int MAX_EXECS = 20;

  private static final Duration EXEC_INTERVAL = Duration.ofMillis(100);

  private final String namespace;
  private final String name;
  private boolean running = true;
  private boolean recreated;
  private String uid = "";
  private long generation;
  private int edits;
  private @Nullable Manifest manifest;

  /** Files of early execs whose write and fsync exited with 0. */
  private final Set<String> acknowledged = new TreeSet<>();

  private int execs;
  private final BoxSnapshots snapshots;
  private @Nullable Box clone;
  private int clones;
  private @Nullable Caller caller;
  private int served;
  private int cut;

  Box(String namespace, String name) {
    this.namespace = namespace;
    this.name = name;
    this.snapshots = new BoxSnapshots(namespace, name);
  }

  String name() {
    return name;
  }

  boolean running() {
    return running;
  }

  /** How many connections were served to their end. */
  int served() {
    return served;
  }

  /** How many connections a fault has cut, so that the client noticed. */
  int cut() {
    return cut;
  }

  // What a user does

  void create(Watched watched, Deadline deadline) {
    create("", "", watched, deadline);
  }

  private void create(String annotations, String spec, Watched watched, Deadline deadline) {
    Fixture fixture =
        Fixture.of("soak.yaml")
            .with(": box", ": " + name)
            .with("  annotations:", "  annotations:" + annotations)
            .with(
                "running: true",
                "running: %s%n  whenStopped: %s%s".formatted(running, whenStopped(), spec));
    String yaml = (wakes() ? fixture : fixture.with("  wake: {ports: [7777]}\n", "")).text();
    StoppableContainer wanted = Serialization.unmarshal(yaml, StoppableContainer.class);
    StoppableContainer created =
        watched.retry("create " + name, deadline, client -> createOrFind(client, wanted));
    uid = created.getMetadata().getUid();
    generation = created.getMetadata().getGeneration();
    manifest = null;
    acknowledged.clear();
    recreated = false;
  }

  /** Every second one is parked while it is stopped. */
  private boolean parks() {
    return name.codePointAt(name.length() - 1) % 2 == 1;
  }

  /** One of these two holds less while it waits. */
  private String whenStopped() {
    return parks()
        ? "Park\n  park: {resources: %s}".formatted(name.endsWith("3") ? "Shrink" : "Keep")
        : "Release";
  }

  /** All but one of five are started by a connection. */
  private boolean wakes() {
    return !name.endsWith("0");
  }

  /** Whether a stopped one is to have no such pod. */
  boolean isUnwanted(Pod pod) {
    return !parks() || !pod.getMetadata().getAnnotations().containsKey(ApiNames.ANNOTATION_PARKED);
  }

  /** Takes up the files of another one, by the UID that it had; returns the losses. */
  List<String> adopt(Box other, String uid, Watched watched, Deadline deadline) {
    create("%n    %s: %s".formatted(UserAnnotation.ADOPT.key(), uid), "", watched, deadline);
    manifest = other.manifest;
    return settle(watched, deadline);
  }

  /** A lost answer does not undo the change. */
  private StoppableContainer createOrFind(KubernetesClient client, StoppableContainer wanted) {
    try {
      return client.resource(wanted).inNamespace(namespace).create();
    } catch (KubernetesClientException e) {
      StoppableContainer found =
          e.getCode() == HttpURLConnection.HTTP_CONFLICT ? resource(client).get() : null;
      if (found == null || found.getMetadata().getDeletionTimestamp() != null) {
        throw e;
      }
      return found;
    }
  }

  void act(Step.Action action, Watched watched) {
    Deadline deadline = Deadline.in(Timeouts.RECOVERED);
    switch (action) {
      case START -> run(true, watched, deadline);
      case STOP -> run(false, watched, deadline);
      case LEAVE -> {
        running = false;
        patch(
            "{\"metadata\":{\"annotations\":{\"%s\":null}}}"
                .formatted(UserAnnotation.KEEP_AWAKE_UNTIL.key()),
            watched,
            deadline);
      }
      case CONNECT -> connect(watched, deadline);
      case RESTART -> {
        run(false, watched, deadline);
        run(true, watched, deadline);
      }
      case EXEC -> execEarly(watched);
      case SNAPSHOT -> {
        // A new one has no files yet that a snapshot could be compared with.
        if (manifest != null) {
          snapshots.take(manifest, acknowledged, watched);
        }
      }
      case RESTORE -> {
        run(false, watched, deadline);
        if (manifest != null) {
          snapshots.restoreOldest(watched).ifPresent(this::mustHave);
        }
      }
      case CLONE -> snapshots.newest().ifPresent(of -> cloneFrom(of, watched, deadline));
      case EDIT -> {
        edits++;
        patch(
            "{\"spec\":{\"template\":{\"container\":{\"env\":[{\"name\":\"EDIT\",\"value\":\"%d\"}]}}}}"
                .formatted(edits),
            watched,
            deadline);
      }
      case RECREATE -> {
        List<StatusDetails> deleted =
            watched.retry("delete " + name, deadline, client -> resource(client).delete());
        recreated = !deleted.isEmpty() || watched.resource(name).isPresent();
      }
    }
  }

  private void mustHave(BoxSnapshots.Taken snapshot) {
    manifest = snapshot.files();
    acknowledged.clear();
    acknowledged.addAll(snapshot.early());
  }

  private void cloneFrom(BoxSnapshots.Taken snapshot, Watched watched, Deadline deadline) {
    Box made = new Box(namespace, name + "-c" + ++clones);
    String source = "%n  source: {snapshotName: %s}".formatted(snapshot.name());
    made.create("", source, watched, deadline);
    made.mustHave(snapshot);
    clone = made;
  }

  /** Writes a file with each of some execs, and remembers the successful ones. */
  private void execEarly(Watched watched) {
    int refused = 0;
    for (int i = 0; i < MAX_EXECS; i++) {
      String file = "/early/" + ++execs;
      try {
        Result result =
            PodExec.run(
                watched.client(), LONGEST_COMMAND, namespace, name, "", "sh", "-c", EARLY, file);
        if (result.exit() == 0) {
          acknowledged.add(file);
        }
      } catch (KubernetesClientException | IllegalStateException | AssertionError e) {
        refused++;
      }
      watched.pause(EXEC_INTERVAL);
    }
    step("  %d of %d early execs in %s got no answer", refused, MAX_EXECS, name);
  }

  private void run(boolean wanted, Watched watched, Deadline deadline) {
    running = wanted;
    patch(
        "{\"metadata\":{\"annotations\":{%s,\"%s\":\"%s\"}},\"spec\":{\"running\":%b}}"
            .formatted(STAYS, UserAnnotation.RUNNING_SET_AT.key(), Instant.now(), wanted),
        watched,
        deadline);
  }

  private void connect(Watched watched, Deadline deadline) {
    if (running || !wakes()) {
      run(true, watched, deadline);
      return;
    }
    running = true;
    patch("{\"metadata\":{\"annotations\":{%s}}}".formatted(STAYS), watched, deadline);
    String address =
        watched
            .retry(
                "the Service of " + name,
                deadline,
                client -> client.services().inNamespace(namespace).withName(name).require())
            .getSpec()
            .getClusterIP();
    caller = new Caller(name, address, watched);
    caller.call();
  }

  /** The cluster is as it was some time ago: a connection since then has started nothing. */
  void forgetCalls() {
    if (caller != null) {
      caller.callAgain();
    }
  }

  /** Makes the Service that leads to it, whether it runs or not. */
  void expose(Watched watched, Deadline deadline) {
    String yaml =
        Fixture.of("wake-service.yaml")
            .with("name: echo", "name: " + name)
            .with("app: echo", "app: " + name)
            .text();
    Service wanted = Serialization.unmarshal(yaml, Service.class);
    watched.retry(
        "create the Service of " + name,
        deadline,
        client -> client.resource(wanted).inNamespace(namespace).serverSideApply());
  }

  private void patch(String json, Watched watched, Deadline deadline) {
    generation =
        watched
            .retry(
                "patch " + name,
                deadline,
                client -> resource(client).patch(PatchContext.of(PatchType.JSON_MERGE), json))
            .getMetadata()
            .getGeneration();
  }

  void delete(Watched watched, Deadline deadline) {
    watched.retry("delete " + name, deadline, client -> resource(client).delete());
    snapshots.deleteAll(watched);
  }

  private Resource<StoppableContainer> resource(KubernetesClient client) {
    return client.resources(StoppableContainer.class).inNamespace(namespace).withName(name);
  }

  // What must hold afterwards

  /**
   * Waits for the wanted state and, if it runs, compares the files; so with its clone, which is
   * deleted then. Returns the losses.
   */
  List<String> settle(Watched watched, Deadline deadline) {
    snapshots.settle(watched, deadline);
    List<String> losses = new ArrayList<>(settleItself(watched, deadline));
    Box made = clone;
    if (made != null) {
      for (String loss : made.settleItself(watched, deadline)) {
        losses.add("the clone " + made.name + ": " + loss);
      }
      made.delete(watched, deadline);
      clone = null;
    }
    return losses;
  }

  private List<String> settleItself(Watched watched, Deadline deadline) {
    if (recreated) {
      watched.await(name + " is to be gone", deadline, () -> stillThere(watched));
      create(watched, deadline);
    }
    List<String> losses = new ArrayList<>(endCall(watched, deadline));
    watched.await(name, deadline, () -> unsettled(watched));
    if (!running) {
      return losses;
    }
    Manifest now =
        watched.retry("look at the files of " + name, deadline, client -> exec(client, "manifest"));
    losses.addAll(lostEarlyFiles(watched, deadline));
    Manifest before = manifest;
    manifest = now;
    if (before != null) {
      losses.addAll(now.lossesSince(before));
    } else if (now.hasTree()) {
      losses.add("/soak of a deleted one is in its successor");
    }
    return losses;
  }

  /**
   * Waits until the connection that starts it is served; returns what was wrong with the answer.
   */
  private List<String> endCall(Watched watched, Deadline deadline) {
    Caller ended = caller;
    if (ended == null) {
      return List.of();
    }
    ended.await(watched, deadline);
    caller = null;
    acknowledged.addAll(ended.served());
    served += ended.served().size();
    cut += ended.cut();
    return ended.losses();
  }

  private List<String> lostEarlyFiles(Watched watched, Deadline deadline) {
    Set<String> there =
        watched.retry(
            "look at the early files of " + name,
            deadline,
            client -> Set.copyOf(script(client, "early").lines().toList()));
    return acknowledged.stream()
        .filter(file -> !there.contains(file))
        .map(file -> file + " of an exec that exited with 0 is not there")
        .toList();
  }

  private Optional<String> stillThere(Watched watched) {
    return watched
        .resource(name)
        .filter(resource -> resource.getMetadata().getUid().equals(uid))
        .map(resource -> "deleted, and still there");
  }

  /** Differences from the wanted state, by a status for the newest spec. */
  Optional<String> unsettled(Watched watched) {
    StoppableContainerPhase wanted =
        running ? StoppableContainerPhase.RUNNING : StoppableContainerPhase.STOPPED;
    Optional<StoppableContainer> found = watched.resource(name);
    boolean settled =
        found
            .filter(r -> r.getMetadata().getUid().equals(uid))
            .filter(r -> r.getMetadata().getGeneration() >= generation)
            .filter(r -> r.getStatus() != null && r.getStatus().phase() == wanted)
            .filter(
                r ->
                    Objects.equals(
                        r.getStatus().observedGeneration(), r.getMetadata().getGeneration()))
            .isPresent();
    return settled
        ? Optional.empty()
        : Optional.of(
            "not %s but %s; it is:%n%s"
                .formatted(
                    wanted,
                    found.map(
                        r ->
                            r.getStatus() == null
                                ? "new"
                                : r.getStatus().phase() + " " + r.getStatus().message()),
                    found.map(Serialization::asYaml)));
  }

  /** Changes files, syncs them to disk and remembers them; the container must run. */
  void change(int seed, Watched watched, Deadline deadline) {
    manifest =
        watched.retry(
            "change files of " + name,
            deadline,
            client -> exec(client, "change", Integer.toString(seed), Integer.toString(CHANGES)));
  }

  /** Uses sc-exec, which waits until a starting container has its root. */
  private Manifest exec(KubernetesClient client, String... arguments) {
    return Manifest.parse(script(client, arguments));
  }

  private String script(KubernetesClient client, String... arguments) {
    String[] shell = {"/.sc-bin/sc-exec", "sh", "-c", SCRIPT, "soak.sh"};
    String[] command = new String[shell.length + arguments.length];
    System.arraycopy(shell, 0, command, 0, shell.length);
    System.arraycopy(arguments, 0, command, shell.length, arguments.length);
    return PodExec.run(client, LONGEST_COMMAND, namespace, name, "", command).ok();
  }
}
