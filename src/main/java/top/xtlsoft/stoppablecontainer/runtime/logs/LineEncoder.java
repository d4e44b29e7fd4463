package top.xtlsoft.stoppablecontainer.runtime.logs;

import static java.nio.charset.StandardCharsets.UTF_8;

import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;

/**
 * Text for people. Messages hold paths, names and words of others: each line that continues an
 * event begins with a tab, so that none passes for an event of its own, and a control character is
 * written as its number, so that none steers a terminal.
 */
final class LineEncoder extends PatternLayoutEncoder {

  @Override
  public byte[] encode(ILoggingEvent event) {
    String text = layout.doLayout(event);
    StringBuilder safe = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\n') {
        safe.append(c);
        if (i + 1 < text.length() && text.charAt(i + 1) != '\t') {
          safe.append('\t');
        }
      } else if (c != '\t' && Character.isISOControl(c)) {
        safe.append("\\u%04x".formatted((int) c));
      } else {
        safe.append(c);
      }
    }
    return safe.toString().getBytes(UTF_8);
  }
}
