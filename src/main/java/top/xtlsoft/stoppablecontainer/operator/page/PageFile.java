package top.xtlsoft.stoppablecontainer.operator.page;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * One of the files that the page is made of. The list is fixed, so that no request can name any
 * other.
 *
 * @param path where it is served
 * @param type its media type
 * @param content what it holds
 * @param etag its entity tag (RFC 9110, 8.8.3): of the same content always the same
 */
record PageFile(String path, String type, byte[] content, String etag) {

  private static final String HTML = "text/html; charset=utf-8";
  private static final String CSS = "text/css; charset=utf-8";
  private static final String SVG = "image/svg+xml";
  private static final String SCRIPT = "text/javascript; charset=utf-8";

  private static final int TAG_BYTES = 12;

  /** All of them, read from the class path. */
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
      return new PageFile(path, type, content, '"' + hash(content) + '"');
    } catch (IOException e) {
      throw new UncheckedIOException("can't read page/" + name, e);
    }
  }

  private static String hash(byte[] content) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(content), 0, TAG_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
