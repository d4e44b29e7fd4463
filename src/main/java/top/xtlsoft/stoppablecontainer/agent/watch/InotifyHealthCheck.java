package top.xtlsoft.stoppablecontainer.agent.watch;

import java.util.Map;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;

/** Live and ready while somebody listens for requests: without, each would wait for the timer. */
public final class InotifyHealthCheck extends AbstractHealthCheck {

  private final FolderWatcher watcher;

  public InotifyHealthCheck(FolderWatcher watcher) {
    super("stoppablecontainer", "inotify");
    this.watcher = watcher;
  }

  @Override
  public boolean isLiveness() {
    return true;
  }

  @Override
  protected void doCall(HealthCheckResultBuilder builder, Map<String, Object> options) {
    if (watcher.isListening()) {
      builder.up();
    } else {
      builder.message("nobody listens for requests any more").down();
    }
  }
}
