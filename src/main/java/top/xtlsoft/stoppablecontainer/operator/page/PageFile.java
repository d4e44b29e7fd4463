package top.xtlsoft.stoppablecontainer.operator.page;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import top.xtlsoft.stoppablecontainer.api.Sha256;

/**
 * One file of the page. The list is fixed, so that no request can name another file.
 *
 * @param path path it is served at
 * @param type media type
 * @param content the bytes
 * @param etag entity tag (RFC 9110, 8.8.3), a hash of the content
 */
record PageFile(String path, String type, byte[] content, String etag) {

  private static final String HTML = "text/html; charset=utf-8";
  private static final String CSS = "text/css; charset=utf-8";
  private static final String SVG = "image/svg+xml";
  private static final String SCRIPT = "text/javascript; charset=utf-8";

  private static final int TAG_DIGITS = 24;

  /** All files, read from the class path. */
  static List<PageFile> all() {
    return List.of(
        read("/", "index.html", HTML),
        read("/page.css", "page.css", CSS),
        read("/icon.svg", "icon.svg", SVG),
        script("access.js"),
        script("api.js"),
        script("details.js"),
        script("dom.js"),
        script("main.js"),
        script("model.js"),
        script("snapshots.js"),
        script("table.js"),
        script("timeline.js"),
        script("watch.js"));
  }

  private static PageFile script(String name) {
    return read("/" + name, name, SCRIPT);
  }

  private static PageFile read(String path, String name, String type) {
    try (InputStream in = PageFile.class.getResourceAsStream("/page/" + name)) {
      if (in == null) {
        throw new IllegalStateException("page/" + name + " is not on the class path");
      }
      byte[] content = in.readAllBytes();
      return new PageFile(
          path, type, content, '"' + Sha256.hex(content).substring(0, TAG_DIGITS) + '"');
    } catch (IOException e) {
      throw new UncheckedIOException("can't read page/" + name, e);
    }
  }
}
