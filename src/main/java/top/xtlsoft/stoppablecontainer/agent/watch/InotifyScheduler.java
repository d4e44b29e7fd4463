package top.xtlsoft.stoppablecontainer.agent.watch;

import java.nio.file.Path;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.camel.CamelContext;
import org.apache.camel.Consumer;
import org.apache.camel.component.file.GenericFileEndpoint;
import org.apache.camel.spi.ScheduledPollConsumerScheduler;
import org.apache.camel.support.service.ServiceSupport;
import org.jspecify.annotations.Nullable;

/**
 * Lets a file consumer poll when inotify tells of its file in its folder, and now and then all the
 * same. One for each consumer.
 */
public final class InotifyScheduler extends ServiceSupport
    implements ScheduledPollConsumerScheduler {

  private static final long SAFETY_NET_SECONDS = 30;
  private static final long TOO_OFTEN_SECONDS = 1;

  private final FolderWatcher watcher;
  private final ScheduledExecutorService executor;
  private final FolderGuard guard;
  private CamelContext camelContext;
  private Path folder;
  private String file;
  private Runnable task;
  private final AtomicBoolean due = new AtomicBoolean();
  private FolderWatcher.@Nullable Watch watch;
  private @Nullable ScheduledFuture<?> safetyNet;

  /**
   * A scheduler for one consumer.
   *
   * @param watcher tells of files
   * @param executor runs the polls; not shut down
   * @param guard says which folders may be polled
   */
  public InotifyScheduler(
      FolderWatcher watcher, ScheduledExecutorService executor, FolderGuard guard) {
    this.watcher = watcher;
    this.executor = executor;
    this.guard = guard;
  }

  @Override
  public void onInit(Consumer consumer) {
    GenericFileEndpoint<?> endpoint = (GenericFileEndpoint<?>) consumer.getEndpoint();
    folder = Path.of(endpoint.getConfiguration().getDirectory());
    file = endpoint.getFileName().evaluate(endpoint.createExchange(), String.class);
  }

  @Override
  public void scheduleTask(Runnable task) {
    this.task = task;
  }

  @Override
  public void unscheduleTask() {
    if (watch != null) {
      watch.close();
      watch = null;
    }
    if (safetyNet != null) {
      safetyNet.cancel(false);
      safetyNet = null;
    }
  }

  @Override
  public void startScheduler() {
    if (watch == null) {
      safetyNet =
          executor.scheduleWithFixedDelay(
              this::poll, SAFETY_NET_SECONDS, SAFETY_NET_SECONDS, TimeUnit.SECONDS);
      watch = watcher.watch(folder, file, this::wake);
    }
  }

  @Override
  public boolean isSchedulerStarted() {
    return watch != null;
  }

  @Override
  public CamelContext getCamelContext() {
    return camelContext;
  }

  @Override
  public void setCamelContext(CamelContext camelContext) {
    this.camelContext = camelContext;
  }

  @Override
  protected void doStop() {
    unscheduleTask();
  }

  /** However many files appear, one poll at a time waits. */
  private void wake() {
    if (due.compareAndSet(false, true)) {
      if (guard.mayListNow(folder)) {
        executor.execute(this::poll);
      } else {
        executor.schedule(this::poll, TOO_OFTEN_SECONDS, TimeUnit.SECONDS);
      }
    }
  }

  private synchronized void poll() {
    due.set(false);
    if (guard.mayList(folder)) {
      task.run();
    }
  }
}
