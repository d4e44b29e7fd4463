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

/**
 * A container that can be stopped and started again with its whole file system: what users create.
 */
@Group(ApiNames.GROUP)
@Version(ApiNames.VERSION)
@Kind("StoppableContainer")
@Plural("stoppablecontainers")
@Singular("stoppablecontainer")
@ShortNames({"sc", "stopc"})
@AdditionalPrinterColumn(name = "Age", jsonPath = ".metadata.creationTimestamp", type = Type.DATE)
@ValidationRule(value = "has(self.spec)", message = "spec is required")
@ValidationRule(
    value = "size(self.metadata.name) <= 63",
    message =
        "metadata.name must be no more than 63 characters, because it is also a label of the pods")
public final class StoppableContainer
    extends CustomResource<StoppableContainerSpec, StoppableContainerStatus> implements Namespaced {

  private static final long serialVersionUID = 1;

  /**
   * Left empty: a record has no default state, and a resource without spec is refused by the CRD.
   */
  @Override
  protected StoppableContainerSpec initSpec() {
    return null;
  }

  @Override
  protected StoppableContainerStatus initStatus() {
    return null;
  }
}
