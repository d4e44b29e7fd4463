package top.xtlsoft.stoppablecontainer.agent.request;

import io.fabric8.kubernetes.api.model.Pod;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.camel.Header;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.Rate;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentPods;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.watch.FolderWatcher;
import top.xtlsoft.stoppablecontainer.agent.watch.InboxScheduler;
import top.xtlsoft.stoppablecontainer.camel.ScHeaders;

/**
 * Follows the request folder of each pod as long as the pod may ask for something: takes its
 * request when inotify reports one, and every half minute in case an event was lost.
 */
public final class RequestFolders {

  private static final Logger LOG = LoggerFactory.getLogger(RequestFolders.class);
  private static final long SAFETY_NET_SECONDS = 30;
  private static final long TOO_OFTEN_SECONDS = 1;
  private static final long HEARTBEAT_SECONDS = 5;

  /** Nothing that the thread does may wait, so this is long. */
  private static final Duration STUCK = Duration.ofMinutes(1);

  private final AgentPods pods;
  private final PodFolders folders;
  private final FolderWatcher watcher;
  private final ScheduledExecutorService executor;
  private final TakenRequests taken;
  private final RequestInbox inbox;
  private final InstantSource clock;
  private final Rate rate;
  private final Map<String, Followed> followed = new ConcurrentHashMap<>();
  private volatile Instant lastHeartbeat;

  /**
   * Follows no folder yet.
   *
   * @param executor its only thread takes all requests; not shut down
   * @param inbox folder of the agent's own, which is there
   * @param route polls the inbox on that thread
   */
  public RequestFolders(
      LinuxSyscalls linux,
      AgentPods pods,
      PodFolders folders,
      FolderWatcher watcher,
      ScheduledExecutorService executor,
      TakenRequests taken,
      Path inbox,
      InboxScheduler route,
      InstantSource clock) {
    this.pods = pods;
    this.folders = folders;
    this.watcher = watcher;
    this.executor = executor;
    this.taken = taken;
    this.inbox = new RequestInbox(linux, folders, inbox, route);
    this.clock = clock;
    this.rate = Rate.ofRequests(clock);
    this.lastHeartbeat = clock.instant();
    executor.scheduleWithFixedDelay(
        () -> lastHeartbeat = this.clock.instant(),
        HEARTBEAT_SECONDS,
        HEARTBEAT_SECONDS,
        TimeUnit.SECONDS);
  }

  /** One pod's folder. */
  private final class Followed implements AutoCloseable {
    private final Pod pod;
    private final String uid;
    private final AtomicBoolean due = new AtomicBoolean();
    private final FolderWatcher.Watch watch;
    private final ScheduledFuture<?> safetyNet;

    Followed(String key, Pod pod) {
      this.pod = pod;
      this.uid = pod.getMetadata().getUid();
      taken.follow(uid, key);
      safetyNet =
          executor.scheduleWithFixedDelay(
              this::take, SAFETY_NET_SECONDS, SAFETY_NET_SECONDS, TimeUnit.SECONDS);
      watch = watcher.watch(folders.requestFolder(pod), RequestOpener.FILE, this::wake);
    }

    /** However many files appear, one look at a time waits. */
    private void wake() {
      if (due.compareAndSet(false, true)) {
        if (rate.allows(uid)) {
          executor.execute(this::take);
        } else {
          executor.schedule(this::take, TOO_OFTEN_SECONDS, TimeUnit.SECONDS);
        }
      }
    }

    private void take() {
      due.set(false);
      try {
        inbox.take(pod);
      } catch (RuntimeException e) {
        LOG.warn("Request not taken, retrying: afterSeconds={}", SAFETY_NET_SECONDS, e);
      }
    }

    @Override
    public void close() {
      watch.close();
      safetyNet.cancel(false);
      taken.forget(uid);
    }
  }

  /** Done when the pod's folder is followed, or not any more. */
  public void follow(@Header(ScHeaders.KEY) String key) {
    Optional<Pod> pod = pods.find(key).filter(RequestFolders::mayAsk);
    Optional<Followed> before = Optional.ofNullable(followed.get(key));
    if (pod.map(p -> p.getMetadata().getUid()).equals(before.map(f -> f.uid))) {
      return;
    }
    before.ifPresent(
        folder -> {
          followed.remove(key);
          folder.close();
          LOG.debug("Stopped to follow the pod's requests");
        });
    pod.ifPresent(
        found -> {
          followed.put(key, new Followed(key, found));
          LOG.debug("Following the pod's requests");
        });
  }

  /** Whether the thread that takes requests is not stuck. */
  boolean isTaking() {
    return clock.instant().isBefore(lastHeartbeat.plus(STUCK));
  }

  private static boolean mayAsk(Pod pod) {
    String phase = pod.getStatus() == null ? "" : String.valueOf(pod.getStatus().getPhase());
    return !phase.equals("Succeeded") && !phase.equals("Failed");
  }
}
