package top.xtlsoft.stoppablecontainer.e2e.soak;

import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.e2e.support.AtOnce;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.Node;
import top.xtlsoft.stoppablecontainer.e2e.support.NodeProcesses;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** Runs the rounds: change files, act and strike, wait for the wanted state, compare files. */
final class Soak {

  private record Struck(Fault fault, long nanoTime, Arena.Over over) {}

  private final TestNamespace namespace;
  private final Arena arena;
  private final RoundPlanner planner;
  private final List<Box> boxes;
  private final SoakReport report;

  Soak(TestNamespace namespace, Arena arena, long seed, int boxes, SoakReport report) {
    this.namespace = namespace;
    this.arena = arena;
    this.report = report;
    this.boxes =
        IntStream.range(0, boxes).mapToObj(i -> new Box(namespace.name(), "box" + i)).toList();
    this.planner = new RoundPlanner(seed, this.boxes.stream().map(Box::name).toList());
  }

  /** Runs this many rounds and deletes everything; calls the argument after each round. */
  void run(int rounds, Runnable afterEach) {
    try {
      Deadline deadline = Deadline.in(Timeouts.RECOVERED);
      boxes.forEach(box -> box.expose(arena.watched(), deadline));
      boxes.forEach(box -> box.create(arena.watched(), deadline));
      settle(deadline, List.of());
      for (int number = 1; number <= rounds; number++) {
        round(number);
        afterEach.run();
      }
      deleteAll();
    } catch (StuckException e) {
      report.stuck(e.getMessage());
      throw e;
    }
  }

  private void round(int number) {
    changeFiles();
    List<Step> steps = planner.next();
    step("round %d: %s", number, steps);
    List<Struck> struck = new ArrayList<>();
    for (Step step : steps) {
      switch (step) {
        case Step.Act act -> box(act.box()).act(act.action(), arena.watched());
        case Step.Strike strike -> {
          Optional<Arena.Over> over = strike.fault().strike(arena, strike.box());
          over.ifPresentOrElse(
              o -> struck.add(new Struck(strike.fault(), System.nanoTime(), o)),
              () -> report.missed(strike.fault()));
          if (strike.fault() == Fault.ETCD_PUT_BACK) {
            boxes.forEach(Box::forgetCalls);
          }
        }
        case Step.Pause pause -> arena.watched().pause(pause.time());
      }
    }
    awaitCluster(struck);
    settle(Deadline.in(Timeouts.RECOVERED), struck);
    for (Struck each : struck) {
      report.recovered(each.fault(), Duration.ofNanos(System.nanoTime() - each.nanoTime()));
    }
    for (Struck each : struck) {
      lost(
          each.fault().toString(),
          each.over().losses(arena.watched(), Deadline.in(Timeouts.RECOVERED)));
    }
    report.calls(
        boxes.stream().mapToInt(Box::served).sum(), boxes.stream().mapToInt(Box::cut).sum());
    report.roundDone();
  }

  private void changeFiles() {
    Deadline deadline = Deadline.in(Timeouts.RECOVERED);
    List<Callable<Boolean>> tasks = new ArrayList<>();
    for (Box box : boxes) {
      int seed = planner.number();
      if (box.running()) {
        tasks.add(
            () -> {
              box.change(seed, arena.watched(), deadline);
              return true;
            });
      }
    }
    AtOnce.run(tasks);
  }

  /** The wait of a plain pod does not count as recovery time of this project. */
  private void awaitCluster(List<Struck> struck) {
    for (Struck each : struck) {
      Duration within = each.over().within();
      if (within.compareTo(Timeouts.RECOVERED) > 0) {
        Watched watched = arena.watched();
        watched.await(
            each.fault().toString(), Deadline.in(within), () -> each.over().unmet(watched));
      }
    }
  }

  /**
   * Waits for the faults first, because before their detection a status is stale. Then waits for
   * the boxes, and at the end for all again, because a box that was fine may have detected its
   * fault late.
   */
  private void settle(Deadline deadline, List<Struck> struck) {
    Watched watched = arena.watched();
    for (Struck each : struck) {
      watched.await(each.fault().toString(), deadline, () -> each.over().unmet(watched));
    }
    watched.await("operator and agent", deadline, watched::systemUnready);
    List<Callable<List<String>>> tasks =
        boxes.stream()
            .<Callable<List<String>>>map(box -> () -> box.settle(watched, deadline))
            .toList();
    List<List<String>> losses = AtOnce.run(tasks);
    for (int i = 0; i < losses.size(); i++) {
      lost(boxes.get(i).name(), losses.get(i));
    }
    watched.await(
        "all at once",
        deadline,
        () ->
            Stream.concat(boxes.stream().flatMap(b -> b.unsettled(watched).stream()), strays())
                .findFirst());
  }

  private void lost(String where, List<String> losses) {
    for (String loss : losses) {
      step("LOST in %s: %s", where, loss);
      report.lost(where + ": " + loss);
    }
  }

  /** Missing or extra mounts and pods: one mount per box, a pod only where it is wanted. */
  private Stream<String> strays() {
    Node node = ClusterEnv.get().node("");
    List<String> mounts = node.mountPointsBelow(folder()).stream().sorted().toList();
    List<String> wanted =
        boxes.stream().map(box -> folder() + "/" + box.name() + "/rootfs").sorted().toList();
    Stream<String> pods =
        boxes.stream()
            .filter(box -> !box.running())
            .filter(box -> arena.watched().pod(box.name()).filter(box::isUnwanted).isPresent())
            .map(box -> "the pod of " + box.name() + ", which is not wanted, is there");
    return mounts.equals(wanted)
        ? pods
        : Stream.concat(Stream.of("mounts %s, not %s".formatted(mounts, wanted)), pods);
  }

  private String folder() {
    return ApiNames.DEFAULT_HOST_PATH_PREFIX + "/" + namespace.name();
  }

  private void deleteAll() {
    step("delete all");
    Watched watched = arena.watched();
    Deadline deadline = Deadline.in(Timeouts.RECOVERED);
    boxes.forEach(box -> box.delete(watched, deadline));
    try {
      watched.await("all gone", deadline, () -> leftovers().findFirst());
    } catch (StuckException e) {
      leftovers().forEach(report::left);
    }
  }

  /** Everything that is left of the boxes, in the cluster and on the node. */
  private Stream<String> leftovers() {
    Watched watched = arena.watched();
    Node node = ClusterEnv.get().node("");
    String folder = folder();
    return Stream.of(
            watched.ofUsers(),
            watched
                .client()
                .resources(StoppableContainerInstance.class)
                .inNamespace(namespace.name())
                .list()
                .getItems()
                .stream()
                .map(sci -> "instance " + sci.getMetadata().getName()),
            boxes.stream()
                .flatMap(box -> Stream.of(box.name(), ApiNames.providerPodName(box.name())))
                .filter(pod -> watched.pod(pod).isPresent())
                .map(pod -> "pod " + pod),
            node.mountPointsBelow(folder).stream().map(mount -> "mount " + mount),
            folders()
                .flatMap(at -> node.list(at).stream().map(name -> "folder " + at + "/" + name)),
            NodeProcesses.ofPods(arena.podUids()).stream().map(p -> "process " + p))
        .flatMap(found -> found);
  }

  /** Where the node keeps file systems, snapshots and layers of the namespace. */
  private Stream<String> folders() {
    return Stream.of("", ".snapshots/", ".layers/", ".removed/")
        .map(kind -> ApiNames.DEFAULT_HOST_PATH_PREFIX + "/" + kind + namespace.name());
  }

  private Box box(String name) {
    return boxes.stream().filter(box -> box.name().equals(name)).findFirst().orElseThrow();
  }
}
