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

/** The files of a StoppableContainer as they are at one moment. Users create it. */
@Group(ApiNames.GROUP)
@Version(ApiNames.VERSION)
@Kind("StoppableContainerSnapshot")
@Plural("stoppablecontainersnapshots")
@Singular("stoppablecontainersnapshot")
@ShortNames("scsnap")
@AdditionalPrinterColumn(name = "Age", jsonPath = ".metadata.creationTimestamp", type = Type.DATE)
@ValidationRule(value = "has(self.spec)", message = "spec is required")
@ValidationRule(
    value = "size(self.metadata.name) <= 63",
    message =
        "metadata.name must be no more than 63 characters, because it is also the name of a"
            + " folder")
public final class StoppableContainerSnapshot
    extends CustomResource<StoppableContainerSnapshotSpec, StoppableContainerSnapshotStatus>
    implements Namespaced {

  private static final long serialVersionUID = 1;

  /**
   * Left empty: a record has no default state, and a resource without spec is refused by the CRD.
   */
  @Override
  protected StoppableContainerSnapshotSpec initSpec() {
    return null;
  }

  @Override
  protected StoppableContainerSnapshotStatus initStatus() {
    return null;
  }
}
