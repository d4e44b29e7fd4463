package top.xtlsoft.stoppablecontainer.operator;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.camel.Expression;
import org.apache.camel.Predicate;
import org.apache.camel.spi.Language;
import org.apache.camel.support.PredicateToExpressionAdapter;
import top.xtlsoft.stoppablecontainer.operator.pass.Decision;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;

/**
 * The predicate language of the routes for the last decision. An expression names one type of
 * {@link Decision}, or several with {@code |} between them: {@code CreateProvider}. It is resolved
 * when the route is built, so the program does not start with a name that no decision has.
 */
public final class Decided implements Language {

  private static final Map<String, Class<?>> TYPES =
      Arrays.stream(Decision.class.getDeclaredClasses())
          .filter(Class::isRecord)
          .collect(Collectors.toUnmodifiableMap(Class::getSimpleName, Function.identity()));

  @Override
  public Predicate createPredicate(String names) {
    List<Class<?>> types =
        Arrays.stream(names.split("\\|")).map(String::strip).map(Decided::type).toList();
    return exchange -> {
      Decision decision = ((Pass) exchange.getMessage().getBody()).decision();
      return types.stream().anyMatch(type -> type.isInstance(decision));
    };
  }

  @Override
  public Expression createExpression(String names) {
    return PredicateToExpressionAdapter.toExpression(createPredicate(names));
  }

  private static Class<?> type(String name) {
    Class<?> type = TYPES.get(name);
    if (type == null) {
      throw new IllegalArgumentException("no planner decides " + name + ": " + TYPES.keySet());
    }
    return type;
  }
}
