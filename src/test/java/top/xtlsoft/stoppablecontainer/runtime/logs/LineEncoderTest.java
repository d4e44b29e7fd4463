package top.xtlsoft.stoppablecontainer.runtime.logs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Names of files, paths and messages of others can't forge lines, nor steer a terminal. */
class LineEncoderTest {

  private static final String FORGED =
      "/a\n2026-01-01T00:00:00.000Z ERROR Forged \u001b[2J\u009b1m";

  private static List<String> lines(String message, Throwable thrown) {
    LoggerContext context = new LoggerContext();
    LineEncoder encoder = new LineEncoder();
    encoder.setContext(context);
    encoder.setPattern("%level %msg%n");
    encoder.start();
    LoggingEvent event =
        new LoggingEvent("fqcn", context.getLogger("logger"), Level.INFO, message, thrown, null);
    return new String(encoder.encode(event), UTF_8).lines().toList();
  }

  @Test
  void leavesPlainTextAsItIs() {
    assertEquals(List.of("INFO Grüße, 世界\t!"), lines("Grüße, 世界\t!", null));
  }

  @Test
  void marksEachLineThatContinuesAnother() {
    assertEquals(
        List.of("INFO Mounted /a", "\t2026-01-01T00:00:00.000Z ERROR Forged \\u001b[2J\\u009b1m"),
        lines("Mounted " + FORGED, null));
    assertEquals(List.of("INFO a\\u000db"), lines("a\rb", null));
  }

  @Test
  void marksThoseOfExceptionsToo() {
    List<String> lines =
        lines("Failed", new IllegalStateException(FORGED, new IllegalArgumentException(FORGED)));
    assertEquals("INFO Failed", lines.getFirst());
    assertTrue(lines.stream().skip(1).allMatch(line -> line.startsWith("\t")), lines.toString());
    assertTrue(lines.stream().noneMatch(line -> line.indexOf('\u001b') >= 0));
  }
}
