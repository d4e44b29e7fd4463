package top.xtlsoft.stoppablecontainer.agent.request;

import java.util.Map;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;
import top.xtlsoft.stoppablecontainer.agent.watch.FolderWatcher;

/** Live and ready while requests are seen and taken; a new agent cures both threads. */
public final class RequestsHealthCheck extends AbstractHealthCheck {

  private final FolderWatcher watcher;
  private final RequestFolders folders;

  public RequestsHealthCheck(FolderWatcher watcher, RequestFolders folders) {
    super("stoppablecontainer", "requests");
    this.watcher = watcher;
    this.folders = folders;
  }

  @Override
  public boolean isLiveness() {
    return true;
  }

  @Override
  protected void doCall(HealthCheckResultBuilder builder, Map<String, Object> options) {
    if (!watcher.isListening()) {
      builder.message("the thread that listens to inotify has ended").down();
    } else if (!folders.isTaking()) {
      builder.message("the thread that takes requests is stuck").down();
    } else {
      builder.up();
    }
  }
}
