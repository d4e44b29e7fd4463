package top.xtlsoft.stoppablecontainer.component.page;

import io.vertx.ext.web.Router;
import org.apache.camel.component.platform.http.main.MainHttpServer;
import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.Main;
import org.apache.camel.main.MainListenerSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the web page on Camel's other server, apart from health and metrics: whoever may reach the
 * page, as the API server's proxy must, reaches nothing else.
 */
public final class PagePort extends MainListenerSupport {

  private static final Logger LOG = LoggerFactory.getLogger(PagePort.class);

  private PagePort() {}

  /**
   * Has the program serve the page. Without this call there is no such server.
   *
   * @param port TCP port of the page
   */
  public static void open(Main main, int port) {
    main.addInitialProperty("camel.server.enabled", "true");
    main.addInitialProperty("camel.server.port", "" + port);
    main.addInitialProperty("camel.server.file-upload-enabled", "false");
    main.addMainListener(new PagePort());
  }

  @Override
  public void afterStart(BaseMainSupport started) {
    serve(started.getCamelContext().hasService(MainHttpServer.class).getRouter());
    LOG.info("The web page is served");
  }

  /** Adds the files to a router. */
  static void serve(Router router) {
    router.route().handler(new PageEndpoint(PageFile.all()));
  }
}
