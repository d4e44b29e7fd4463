package top.xtlsoft.stoppablecontainer.camel;

/** Headers of the exchanges that pass between informers, work queues and routes. */
public final class ScHeaders {

  /**
   * String: {@code namespace/name} of what the exchange is about; just {@code name} when it has no
   * namespace.
   */
  public static final String KEY = "ScKey";

  /**
   * {@link top.xtlsoft.stoppablecontainer.camel.informer.InformerEventType} of an informer's
   * exchange.
   */
  public static final String EVENT_TYPE = "ScEventType";

  /**
   * {@link java.time.Duration}: how long the work queue holds a key back before it hands it out.
   */
  public static final String DELAY = "ScDelay";

  /** Boolean: nobody waits for what becomes of the key, so that it lets others go first. */
  public static final String BACKGROUND = "ScBackground";

  /** Integer, from 0: how often the key has failed since it last succeeded. */
  public static final String ATTEMPT = "ScAttempt";

  /**
   * {@link java.time.Duration}: set by a route that succeeded and wants its key handed out again by
   * then.
   */
  public static final String REQUEUE_AFTER = "ScRequeueAfter";

  /**
   * Boolean: set by a route that handled an error and wants its key retried with back-off all the
   * same.
   */
  public static final String RETRY = "ScRetry";

  private ScHeaders() {}
}
