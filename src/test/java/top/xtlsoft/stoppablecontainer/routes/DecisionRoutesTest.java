package top.xtlsoft.stoppablecontainer.routes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.ParameterizedType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import top.xtlsoft.stoppablecontainer.operator.OperatorBeans;
import top.xtlsoft.stoppablecontainer.operator.pass.Decision;
import top.xtlsoft.stoppablecontainer.operator.plan.Planner;

/** Each route carries out exactly what its planner can decide. */
class DecisionRoutesTest {

  private static final Pattern PLANNER = Pattern.compile("ref: (\\w+)\\s+method: plan\\n");

  private static final Pattern DECIDED =
      Pattern.compile("language: decided, expression: ([\\w |]+)}");

  static Stream<Field> planners() {
    return Arrays.stream(OperatorBeans.class.getDeclaredFields())
        .filter(field -> Planner.class.isAssignableFrom(field.getType()));
  }

  @ParameterizedTest
  @MethodSource("planners")
  void routeTakesEachDecisionOfItsPlannerAndNoOther(Field planner) throws IOException {
    ParameterizedType type = (ParameterizedType) planner.getType().getGenericInterfaces()[0];
    Set<String> decisions =
        records((Class<?>) type.getActualTypeArguments()[0])
            .filter(decision -> !Decision.Rest.class.isAssignableFrom(decision))
            .map(Class::getSimpleName)
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(decisions, branches(route(planner.getName())));
  }

  @Test
  void eachDecisionIsMadeByAPlanner() {
    Set<Class<?>> decided =
        planners()
            .map(planner -> (ParameterizedType) planner.getType().getGenericInterfaces()[0])
            .flatMap(type -> records((Class<?>) type.getActualTypeArguments()[0]))
            .collect(Collectors.toSet());
    assertEquals(records(Decision.class).collect(Collectors.toSet()), decided);
  }

  private static Stream<Class<?>> records(Class<?> type) {
    return type.isRecord()
        ? Stream.of(type)
        : Arrays.stream(type.getPermittedSubclasses()).flatMap(DecisionRoutesTest::records);
  }

  private static String route(String planner) throws IOException {
    try (Stream<Path> files = Files.list(Path.of("routes"))) {
      for (Path file : files.toList()) {
        String route = Files.readString(file);
        List<String> planners =
            PLANNER.matcher(route).results().map((MatchResult match) -> match.group(1)).toList();
        if (planners.contains(planner)) {
          assertTrue(planners.stream().allMatch(planner::equals), file + " has two planners");
          return route;
        }
      }
    }
    throw new IllegalStateException("no route calls " + planner);
  }

  private static Set<String> branches(String route) {
    return DECIDED
        .matcher(route)
        .results()
        .flatMap((MatchResult match) -> Arrays.stream(match.group(1).split("\\|")))
        .map(String::strip)
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
