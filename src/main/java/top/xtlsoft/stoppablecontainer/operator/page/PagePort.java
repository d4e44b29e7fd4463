package top.xtlsoft.stoppablecontainer.operator.page;

import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.MainListenerSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.runtime.http.HttpPort;

/**
 * Serves the web page at its own port, so that a client that may reach the page, such as the API
 * server's proxy, reaches nothing else.
 */
public final class PagePort extends MainListenerSupport {

  private static final Logger LOG = LoggerFactory.getLogger(PagePort.class);

  private final int number;
  private @Nullable HttpPort port;

  /**
   * @param number port number
   */
  public PagePort(int number) {
    this.number = number;
  }

  @Override
  public void afterStart(BaseMainSupport started) {
    port = HttpPort.listen(number, PageEndpoint.all());
    LOG.info("Serving the web page");
  }

  @Override
  public void afterStop(BaseMainSupport stopped) {
    if (port != null) {
      port.close();
    }
  }
}
