package top.xtlsoft.stoppablecontainer.camel;

/** Headers of exchanges between informers, work queues and routes. */
public final class ScHeaders {

  /**
   * String: {@code namespace/name} of the exchange's object; {@code name} if it has no namespace.
   */
  public static final String KEY = "ScKey";

  /**
   * {@link top.xtlsoft.stoppablecontainer.camel.informer.InformerEventType} of an informer's event.
   */
  public static final String EVENT_TYPE = "ScEventType";

  /** Boolean: no user waits for this key, so other keys go first. */
  public static final String BACKGROUND = "ScBackground";

  /** {@link java.time.Duration}: a successful route asks for its key again after this time. */
  public static final String REQUEUE_AFTER = "ScRequeueAfter";

  /** Boolean: a route that handled an error asks for a retry of its key with back-off. */
  public static final String RETRY = "ScRetry";

  private ScHeaders() {}
}
