package top.xtlsoft.stoppablecontainer.routes;

import java.util.Map;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentPods;
import top.xtlsoft.stoppablecontainer.agent.request.RequestFolders;
import top.xtlsoft.stoppablecontainer.agent.request.TakenRequests;

/** The node agent's route files keep to the house's rules. */
class AgentRouteFilesTest extends RouteFileRules {

  AgentRouteFilesTest() {
    super(
        "agent-routes",
        "agent",
        Map.of("agentPods", AgentPods.class, "requestFolders", RequestFolders.class,
            "takenRequests", TakenRequests.class));
  }
}
