package top.xtlsoft.stoppablecontainer.routes;

import java.util.Map;

/** The operator's route files keep to the house's rules. */
class RouteFilesTest extends RouteFileRules {

  RouteFilesTest() {
    super("routes", "sc", Map.of());
  }
}
