package top.xtlsoft.stoppablecontainer.operator.page;

import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import top.xtlsoft.stoppablecontainer.runtime.http.HttpRequest;

/**
 * Serves one of the page's files without authentication: the files hold no secrets, and no request
 * path reaches a file system. The response headers restrict the browser to scripts, files and
 * requests of the page's own origin, and forbid it to turn text into markup.
 */
final class PageEndpoint implements Consumer<HttpRequest> {

  /**
   * The API server's proxy forwards them unchanged. With {@code no-cache} the browser revalidates a
   * cached file at each use, so that it sees an upgrade at once.
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

  private final PageFile file;

  private PageEndpoint(PageFile file) {
    this.file = file;
  }

  /** The handlers of all files by path. */
  static Map<String, Consumer<HttpRequest>> all() {
    return PageFile.all().stream().collect(Collectors.toMap(PageFile::path, PageEndpoint::new));
  }

  @Override
  public void accept(HttpRequest request) {
    request.header("ETag", file.etag());
    HEADERS.forEach(request::header);
    if (request.header("If-None-Match").filter(this::isKnown).isPresent()) {
      request.answer(HttpRequest.NOT_MODIFIED);
    } else {
      request.answer(HttpRequest.OK, file.type(), file.content());
    }
  }

  /** RFC 9110, 13.1.2: a list of tags, which a proxy may have weakened. */
  private boolean isKnown(String tags) {
    return tags.strip().equals("*") || tags.contains(file.etag());
  }
}
