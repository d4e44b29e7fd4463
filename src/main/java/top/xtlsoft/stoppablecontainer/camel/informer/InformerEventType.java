package top.xtlsoft.stoppablecontainer.camel.informer;

/** Type of an informer's event. */
public enum InformerEventType {
  ADDED,
  UPDATED,
  DELETED
}
