package top.xtlsoft.stoppablecontainer.routes;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import top.xtlsoft.stoppablecontainer.operator.Operator;
import top.xtlsoft.stoppablecontainer.operator.OperatorBeans;

/** The operator's route files keep to the house's rules. */
class RouteFilesTest extends RouteFileRules {

  RouteFilesTest() {
    super("routes", "sc", OperatorBeans.class, Map.of());
  }

  /** A route that takes keys writes, and only the leader may write. */
  @ParameterizedTest
  @MethodSource("routes")
  void onlyTheLeaderTakesKeysOffAQueue(Map<String, Object> route) {
    boolean takesKeys =
        ((Map<?, ?>) route.get("from")).get("uri").toString().startsWith("sc-workqueue:");
    assertEquals(takesKeys ? Operator.LEADER_GROUP : null, route.get("group"));
    assertEquals(takesKeys ? "{{sc.leads-at-start}}" : null, route.get("autoStartup"));
  }
}
