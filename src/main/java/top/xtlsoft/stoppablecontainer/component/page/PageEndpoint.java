package top.xtlsoft.stoppablecontainer.component.page;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Gives the files to everybody: they hold nothing secret, and no request's path gets near a file
 * system. Their headers have the browser run no script, load nothing and send nothing but from and
 * to the origin that they came from, and make no markup of any text.
 */
final class PageEndpoint implements Handler<RoutingContext> {

  private static final int NOT_MODIFIED = 304;
  private static final int METHOD_NOT_ALLOWED = 405;

  /**
   * The API server's proxy hands them on as they are. {@code no-cache} lets the browser keep a file
   * and ask each time whether it is still the same, so that an upgrade is seen at once.
   */
  static final Map<String, String> HEADERS =
      Map.of(
          "Cache-Control",
          "no-cache",
          "Content-Security-Policy",
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src"
              + " 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
              + " require-trusted-types-for 'script'; trusted-types 'none'",
          "Cross-Origin-Opener-Policy",
          "same-origin",
          "Cross-Origin-Resource-Policy",
          "same-origin",
          "Referrer-Policy",
          "no-referrer",
          "X-Content-Type-Options",
          "nosniff",
          "X-Frame-Options",
          "DENY");

  private final Map<String, PageFile> files;

  PageEndpoint(List<PageFile> files) {
    this.files = files.stream().collect(Collectors.toMap(PageFile::path, file -> file));
  }

  @Override
  public void handle(RoutingContext context) {
    PageFile file = files.get(context.normalizedPath());
    HttpMethod method = context.request().method();
    if (file == null) {
      context.next();
    } else if (method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD)) {
      give(file, context);
    } else {
      context
          .response()
          .setStatusCode(METHOD_NOT_ALLOWED)
          .putHeader("Allow", HttpMethod.GET + ", " + HttpMethod.HEAD)
          .end();
    }
  }

  private static void give(PageFile file, RoutingContext context) {
    HttpServerResponse response = context.response().putHeader("ETag", file.etag());
    HEADERS.forEach(response::putHeader);
    if (isKnown(file, context.request().getHeader("If-None-Match"))) {
      response.setStatusCode(NOT_MODIFIED).end();
      return;
    }
    response.putHeader("Content-Type", file.type());
    if (context.request().method().equals(HttpMethod.HEAD)) {
      response.putHeader("Content-Length", "" + file.content().length()).end();
    } else {
      response.end(file.content());
    }
  }

  /** RFC 9110, 13.1.2: a list of tags, and a proxy may have made them weak. */
  private static boolean isKnown(PageFile file, @Nullable String tags) {
    return tags != null && (tags.strip().equals("*") || tags.contains(file.etag()));
  }
}
