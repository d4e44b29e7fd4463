package top.xtlsoft.stoppablecontainer.agent.watch;

import java.util.concurrent.Executor;
import org.apache.camel.CamelContext;
import org.apache.camel.Consumer;
import org.apache.camel.spi.ScheduledPollConsumerScheduler;
import org.apache.camel.support.service.ServiceSupport;
import org.jspecify.annotations.Nullable;

/**
 * Has the file consumer of the inbox poll when the agent has put something there: the agent is the
 * only one who does, so no clock is needed.
 */
public final class InboxScheduler extends ServiceSupport implements ScheduledPollConsumerScheduler {

  private final Executor executor;
  private @Nullable CamelContext camelContext;
  private @Nullable Runnable task;
  private volatile boolean started;

  /**
   * A scheduler for one consumer.
   *
   * @param executor runs the first poll, and everything else that touches the inbox
   */
  public InboxScheduler(Executor executor) {
    this.executor = executor;
  }

  /** Polls on the calling thread; before the consumer has started, the file waits for its start. */
  public void poll() {
    Runnable poll = task;
    if (started && poll != null) {
      poll.run();
    }
  }

  @Override
  public void onInit(Consumer consumer) {}

  @Override
  public void scheduleTask(Runnable task) {
    this.task = task;
  }

  @Override
  public void unscheduleTask() {
    started = false;
  }

  @Override
  public void startScheduler() {
    started = true;
    executor.execute(this::poll);
  }

  @Override
  public boolean isSchedulerStarted() {
    return started;
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
}
