package top.xtlsoft.stoppablecontainer.operator.page;

import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import top.xtlsoft.stoppablecontainer.runtime.http.HttpRequest;

/**
 * Gives a file to everybody: they hold nothing secret, and no request's path gets near a file
 * system. Their headers have the browser run no script, load nothing and send nothing but from and
 * to the origin that they came from, and make no markup of any text.
 */
final class PageEndpoint implements Consumer<HttpRequest> {

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

  private final PageFile file;

  private PageEndpoint(PageFile file) {
    this.file = file;
  }

  /** Each file by its path. */
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

  /** RFC 9110, 13.1.2: a list of tags, and a proxy may have made them weak. */
  private boolean isKnown(String tags) {
    return tags.strip().equals("*") || tags.contains(file.etag());
  }
}
