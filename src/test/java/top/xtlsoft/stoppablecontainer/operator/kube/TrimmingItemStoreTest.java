package top.xtlsoft.stoppablecontainer.operator.kube;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.operator.model.ResourceMetadata;
import top.xtlsoft.stoppablecontainer.operator.pass.Given;

class TrimmingItemStoreTest {

  @Test
  void keepsTheOwnerOfAnInstance() {
    StoppableContainer sc = Given.sc(true);
    StoppableContainerInstance instance = Given.instance(sc, true, true);
    new TrimmingItemStore<StoppableContainerInstance>().put("ns/box", instance);
    assertTrue(ResourceMetadata.isMadeFor(instance, "box"));
    assertTrue(ResourceMetadata.isControlledBy(instance, sc));
    assertFalse(ResourceMetadata.isOrphan(instance));
  }
}
