package top.xtlsoft.stoppablecontainer.camel.informer;

/** What an informer saw. */
public enum InformerEventType {
  ADDED,
  UPDATED,
  DELETED,
  /** Nothing changed: the informer hands all it knows over again, as a safety net. */
  RESYNC
}
