package top.xtlsoft.stoppablecontainer.routes;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.operator.pass.Decision;

/** The routes choose a gateway by a decision's verb: a word that is misspelt is found here. */
class DecisionVerbsTest {

  private static final Pattern VERB = Pattern.compile("body\\.verb} == '(\\w*)'");

  /** Decisions on which nothing is done: the pass goes on, waits, or ends in a condition. */
  private static final Set<String> NOTHING_TO_DO = Set.of("nothing", "await", "refuse");

  @Test
  void eachDecisionIsTakenByARouteAndEachVerbOfARouteIsADecisions()
      throws IOException, ReflectiveOperationException {
    Set<String> decided = new TreeSet<>();
    for (Class<?> decision : Decision.class.getPermittedSubclasses()) {
      decided.add(verb(decision));
    }
    decided.removeAll(NOTHING_TO_DO);
    assertEquals(decided, verbsOfRoutes());
  }

  private static Set<String> verbsOfRoutes() throws IOException {
    Set<String> verbs = new TreeSet<>();
    try (Stream<Path> files = Files.list(Path.of("routes"))) {
      for (Path file : files.toList()) {
        VERB.matcher(Files.readString(file))
            .results()
            .map((MatchResult match) -> match.group(1))
            .forEach(verbs::add);
      }
    }
    return verbs;
  }

  /** A verb is the kind's own, whatever is decided. */
  private static String verb(Class<?> decision) throws ReflectiveOperationException {
    Constructor<?> canonical = decision.getDeclaredConstructors()[0];
    canonical.setAccessible(true);
    Object[] nothing = new Object[canonical.getParameterCount()];
    return ((Decision) canonical.newInstance(nothing)).verb();
  }
}
