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
 * One file system on one node: the operator's orders to the node agent, and the agent's report.
 * Users only read it.
 */
@Group(ApiNames.GROUP)
@Version(ApiNames.VERSION)
@Kind("StoppableContainerInstance")
@Plural("stoppablecontainerinstances")
@Singular("stoppablecontainerinstance")
@ShortNames("sci")
@AdditionalPrinterColumn(name = "Age", jsonPath = ".metadata.creationTimestamp", type = Type.DATE)
@ValidationRule(value = "has(self.spec)", message = "spec is required")
public final class StoppableContainerInstance
    extends CustomResource<StoppableContainerInstanceSpec, StoppableContainerInstanceStatus>
    implements Namespaced {

  private static final long serialVersionUID = 1;

  /**
   * Left empty: a record has no default state, and a resource without spec is refused by the CRD.
   */
  @Override
  protected StoppableContainerInstanceSpec initSpec() {
    return null;
  }

  @Override
  protected StoppableContainerInstanceStatus initStatus() {
    return null;
  }
}
