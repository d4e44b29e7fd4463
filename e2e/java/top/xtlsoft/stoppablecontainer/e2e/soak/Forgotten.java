package top.xtlsoft.stoppablecontainer.e2e.soak;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/**
 * A StoppableContainer that etcd's copy lacks, because it was created later. Its files are to be
 * set aside, and a new StoppableContainer is to adopt them without a difference.
 */
final class Forgotten {

  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final String namespace;
  private final Box box;

  private Forgotten(String namespace, Box box) {
    this.namespace = namespace;
    this.box = box;
  }

  /** Creates it and writes files. Every second one is stopped then, the others run on. */
  static Forgotten create(String namespace, Watched watched) {
    int number = NUMBER.incrementAndGet();
    Box box = new Box(namespace, "forgotten" + number);
    Deadline deadline = Deadline.in(Timeouts.RECOVERED);
    box.create(watched, deadline);
    box.settle(watched, deadline);
    box.change(number, watched, deadline);
    if (number % 2 == 0) {
      box.act(Step.Action.STOP, watched);
      box.settle(watched, deadline);
    }
    return new Forgotten(namespace, box);
  }

  /** Lets an heir adopt the files, compares them and deletes the heir; returns the losses. */
  List<String> adopt(Watched watched, Deadline deadline) {
    watched.await(
        "the files of " + box.name() + " are to be set aside",
        deadline,
        () -> uid().isPresent() ? Optional.empty() : Optional.of("they are not in " + folder()));
    Box heir = new Box(namespace, box.name() + "-heir");
    List<String> losses = heir.adopt(box, uid().orElseThrow(), watched, deadline);
    heir.delete(watched, deadline);
    watched.await(
        heir.name() + " is to be gone",
        deadline,
        () -> watched.resource(heir.name()).map(resource -> "it is still there"));
    return losses;
  }

  private Optional<String> uid() {
    String prefix = box.name() + "_";
    return ClusterEnv.get().node("").list(folder()).stream()
        .filter(name -> name.startsWith(prefix))
        .map(name -> name.substring(prefix.length()))
        .findFirst();
  }

  private String folder() {
    return ApiNames.DEFAULT_HOST_PATH_PREFIX + "/.orphans/" + namespace;
  }
}
