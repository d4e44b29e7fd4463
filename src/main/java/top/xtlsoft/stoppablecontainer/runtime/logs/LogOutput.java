package top.xtlsoft.stoppablecontainer.runtime.logs;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.util.Map;

/**
 * What is logged, and in which form: {@code SC_LOG_FORMAT} is {@code text} or {@code json}, {@code
 * SC_LOG_LEVEL} the level of the project's own classes.
 *
 * <p>Found by logback as a service. It is code because the reader of logback's own files takes 300
 * classes in each program. A file that is named with {@code -Dlogback.configurationFile} is read in
 * its place.
 */
public final class LogOutput extends ContextAwareBase implements Configurator {

  /** A line for each change; its keys stand before its sentence, which a stack trace may follow. */
  private static final String LINE =
      "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX,UTC} %-5level %logger{0}%replace( %X){'^ $',''} %msg%n";

  private static final Map<String, Level> LEVELS =
      Map.of(
          // Steps of resources whose annotation asks for them: that is asked for, whatever else is
          // wanted.
          "top.xtlsoft.stoppablecontainer.trace", Level.INFO,
          // It warns of each kind that is v1alpha1, as ours are.
          "io.fabric8.kubernetes.client.dsl.internal.VersionUsageUtils", Level.ERROR,
          "io.fabric8.kubernetes.client", Level.WARN,
          // It tells of each route's start and end.
          "org.apache.camel.impl.engine.AbstractCamelContext", Level.WARN,
          // It says that metrics are off: its endpoint is, ours is not.
          "org.apache.camel.component.micrometer.prometheus.MicrometerPrometheus", Level.WARN);

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    if (System.getProperty("logback.configurationFile") != null) {
      return ExecutionStatus.INVOKE_NEXT_IF_ANY;
    }
    configure(context, System.getenv());
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  private static void configure(LoggerContext context, Map<String, String> environment) {
    ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
    console.setContext(context);
    console.setName("console");
    console.setEncoder(encoder(context, environment.getOrDefault("SC_LOG_FORMAT", "text")));
    console.start();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.INFO);
    root.addAppender(console);
    LEVELS.forEach((name, level) -> context.getLogger(name).setLevel(level));
    context
        .getLogger("top.xtlsoft")
        .setLevel(Level.toLevel(environment.get("SC_LOG_LEVEL"), Level.INFO));
  }

  private static Encoder<ILoggingEvent> encoder(LoggerContext context, String format) {
    Encoder<ILoggingEvent> encoder =
        switch (format) {
          case "json" -> json();
          case "text" -> text();
          default ->
              throw new IllegalArgumentException("SC_LOG_FORMAT is " + format + ": text or json");
        };
    encoder.setContext(context);
    encoder.start();
    return encoder;
  }

  private static Encoder<ILoggingEvent> text() {
    LineEncoder encoder = new LineEncoder();
    encoder.setPattern(LINE);
    return encoder;
  }

  /** For programs: the same keys below "mdc", the sentence as "formattedMessage". */
  private static Encoder<ILoggingEvent> json() {
    JsonEncoder encoder = new JsonEncoder();
    encoder.setWithSequenceNumber(false);
    encoder.setWithNanoseconds(false);
    encoder.setWithContext(false);
    encoder.setWithMarkers(false);
    encoder.setWithKVPList(false);
    encoder.setWithMessage(false);
    encoder.setWithArguments(false);
    encoder.setWithFormattedMessage(true);
    return encoder;
  }
}
