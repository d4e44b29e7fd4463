package top.xtlsoft.stoppablecontainer.routes;

import java.util.Map;
import top.xtlsoft.stoppablecontainer.agent.AgentBeans;

/** The node agent's route files keep to the house's rules. */
class AgentRouteFilesTest extends RouteFileRules {

  AgentRouteFilesTest() {
    super("agent-routes", "agent", AgentBeans.class, Map.of());
  }
}
