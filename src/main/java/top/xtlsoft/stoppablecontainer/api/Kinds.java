package top.xtlsoft.stoppablecontainer.api;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;

/**
 * The kinds of this API. Each entry gets a CRD, a chapter of the API reference, an informer of the
 * operator under its plural name, and the operator's rights to list, watch and report it.
 */
public final class Kinds {

  /** The kinds, those that users write first. */
  public static final List<Class<? extends HasMetadata>> ALL =
      List.of(
          StoppableContainer.class,
          StoppableContainerSnapshot.class,
          StoppableContainerRestore.class,
          StoppableContainerInstance.class);

  private Kinds() {}
}
