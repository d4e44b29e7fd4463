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
 * Configures logging: {@code SC_LOG_FORMAT} is {@code text} or {@code json}, {@code SC_LOG_LEVEL}
 * is the level of this project's classes.
 *
 * <p>Logback finds this class as a service. It replaces logback.xml because logback's XML reader
 * loads 300 more classes in each program. If {@code -Dlogback.configurationFile} is set, logback
 * reads that file instead.
 */
public final class LogOutput extends ContextAwareBase implements Configurator {

  /** One line per event: the MDC keys, then the message; a stack trace may follow. */
  private static final String LINE =
      "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX,UTC} %-5level %logger{0}%replace( %X){'^ $',''} %msg%n";

  private static final Map<String, Level> LEVELS =
      Map.of(
          // Steps of resources with the trace annotation are logged at any SC_LOG_LEVEL.
          "top.xtlsoft.stoppablecontainer.trace", Level.INFO,
          // It warns about each v1alpha1 kind, such as this project's.
          "io.fabric8.kubernetes.client.dsl.internal.VersionUsageUtils", Level.ERROR,
          "io.fabric8.kubernetes.client", Level.WARN,
          // It warns of each request that it tries again; ReportingLock logs those.
          "io.fabric8.kubernetes.client.extended.leaderelection.LeaderElector", Level.ERROR,
          // It logs the start and the end of each route.
          "org.apache.camel.impl.engine.AbstractCamelContext", Level.WARN,
          // It warns that its own metrics endpoint is off; ObservePort serves the metrics.
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

  /** For log collectors: the MDC keys below "mdc", the message as "formattedMessage". */
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
