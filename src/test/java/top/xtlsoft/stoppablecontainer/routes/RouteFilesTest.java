package top.xtlsoft.stoppablecontainer.routes;

import java.util.Map;
import top.xtlsoft.stoppablecontainer.operator.OperatorBeans;

/** The operator's route files keep to the house's rules. */
class RouteFilesTest extends RouteFileRules {

  RouteFilesTest() {
    super("routes", "sc", OperatorBeans.class, Map.of());
  }
}
