package top.xtlsoft.stoppablecontainer.api;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn.Type;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/** Gives a stopped StoppableContainer the files of a snapshot. Users create it. */
@Group(ApiNames.GROUP)
@Version(ApiNames.VERSION)
@Kind("StoppableContainerRestore")
@Plural("stoppablecontainerrestores")
@Singular("stoppablecontainerrestore")
@ShortNames("screstore")
@AdditionalPrinterColumn(name = "Age", jsonPath = ".metadata.creationTimestamp", type = Type.DATE)
@ValidationRule(value = "has(self.spec)", message = "spec is required")
@ValidationRule(
    value = "size(self.metadata.name) <= 56",
    message =
        "metadata.name must be no more than 56 characters, because a snapshot is named after it")
public final class StoppableContainerRestore
    extends CustomResource<StoppableContainerRestoreSpec, StoppableContainerRestoreStatus>
    implements Namespaced {

  private static final long serialVersionUID = 1;

  /**
   * Left empty: a record has no default state, and a resource without spec is refused by the CRD.
   */
  @Override
  protected StoppableContainerRestoreSpec initSpec() {
    return null;
  }

  @Override
  protected StoppableContainerRestoreStatus initStatus() {
    return null;
  }
}
