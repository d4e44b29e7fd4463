package top.xtlsoft.stoppablecontainer.manifests;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The steps of one route as a Mermaid flow chart, from where it comes to where it ends. */
final class RouteDiagram {

  /** Where the next step is drawn from, and what holds for that way. */
  private record End(String node, String condition) {}

  private static final List<String> LANGUAGES = List.of("simple", "constant", "method", "language");

  private final StringBuilder chart = new StringBuilder("```mermaid\nflowchart TD\n");
  private int nodes;

  private RouteDiagram() {}

  /**
   * Draws a route.
   *
   * @param from the part of its YAML below {@code from}
   */
  static String of(Map<String, ?> from) {
    RouteDiagram diagram = new RouteDiagram();
    String first = diagram.node("([\"%s\"])", from.get("uri").toString());
    diagram.steps(from, List.of(new End(first, "")));
    return diagram.chart.append("```\n").toString();
  }

  private List<End> steps(Map<String, ?> parent, List<End> before) {
    List<End> ends = before;
    for (Map<String, Map<String, ?>> step :
        RouteDiagram.<Map<String, Map<String, ?>>>list(parent.get("steps"))) {
      Map.Entry<String, Map<String, ?>> only = step.entrySet().iterator().next();
      ends = step(only.getKey(), only.getValue(), ends);
    }
    return ends;
  }

  private List<End> step(String kind, Map<String, ?> step, List<End> before) {
    return switch (kind) {
      case "choice" -> choice(step, before);
      case "filter" -> filter(step, before);
      case "split" -> split(step, before);
      case "doTry" -> attempt(step, before);
      case "stop" -> {
        draw("([\"%s\"])", "ends", before);
        yield List.of();
      }
      case "to" -> List.of(draw("[[\"%s\"]]", name(step) + "<br/>" + step.get("uri"), before));
      case "bean" -> List.of(draw("[\"%s\"]", name(step) + "<br/>" + ref(step), before));
      case "convertBodyTo", "log", "process", "setBody", "setHeader", "setProperty", "unmarshal" ->
          List.of(draw("[\"%s\"]", name(step), before));
      default -> throw new IllegalStateException("no picture of a step " + kind);
    };
  }

  private List<End> choice(Map<String, ?> step, List<End> before) {
    String decision = draw("{\"%s\"}", name(step), before).node();
    List<End> ends = new ArrayList<>();
    for (Map<String, ?> when : RouteDiagram.<Map<String, ?>>list(step.get("when"))) {
      ends.addAll(steps(when, List.of(new End(decision, expression(when)))));
    }
    End otherwise = new End(decision, "otherwise");
    ends.addAll(
        step.get("otherwise") == null
            ? List.of(otherwise)
            : steps(map(step.get("otherwise")), List.of(otherwise)));
    return ends;
  }

  private List<End> filter(Map<String, ?> step, List<End> before) {
    String decision = draw("{\"%s\"}", name(step), before).node();
    List<End> ends = new ArrayList<>(steps(step, List.of(new End(decision, expression(step)))));
    ends.add(new End(decision, "otherwise"));
    return ends;
  }

  private List<End> split(Map<String, ?> step, List<End> before) {
    End each = draw("[/\"%s\"/]", name(step) + "<br/>" + expression(step), before);
    steps(step, List.of(new End(each.node(), "for each")));
    return List.of(new End(each.node(), "then"));
  }

  private List<End> attempt(Map<String, ?> step, List<End> before) {
    End begin = draw("[\"%s\"]", name(step), before);
    List<End> ends = new ArrayList<>(steps(step, List.of(begin)));
    for (Map<String, ?> handler : RouteDiagram.<Map<String, ?>>list(step.get("doCatch"))) {
      String failure = list(handler.get("exception")).getFirst().toString();
      String what = failure.substring(failure.lastIndexOf('.') + 1);
      String when =
          handler.get("onWhen") == null ? "" : ": " + expression(map(handler.get("onWhen")));
      ends.addAll(steps(handler, List.of(new End(begin.node(), what + when))));
    }
    return ends;
  }

  private End draw(String shape, String text, List<End> before) {
    String node = node(shape, text);
    for (End end : before) {
      String condition = end.condition().isEmpty() ? "" : "|\"" + escape(end.condition()) + "\"|";
      chart.append("  %s -->%s %s%n".formatted(end.node(), condition, node));
    }
    return new End(node, "");
  }

  private String node(String shape, String text) {
    String node = "n" + nodes++;
    chart.append("  ").append(node).append(shape.formatted(escape(text))).append('\n');
    return node;
  }

  private static String expression(Map<String, ?> step) {
    Object expression =
        LANGUAGES.stream()
            .filter(step::containsKey)
            .map(step::get)
            .findFirst()
            .map(Object.class::cast)
            .orElseThrow(() -> new IllegalStateException("no expression in " + step));
    if (expression instanceof Map<?, ?> method) {
      return method.containsKey("language")
          ? method.get("language") + " " + method.get("expression")
          : ref(method);
    }
    return expression.toString().strip().replaceAll("\\s+", " ");
  }

  private static String ref(Map<?, ?> step) {
    return step.get("ref") + "." + step.get("method");
  }

  private static String name(Map<String, ?> step) {
    return step.get("id").toString();
  }

  /** Braces and quotes are Mermaid's own. */
  private static String escape(String text) {
    return text.replace("\"", "#quot;").replace("{", "#123;").replace("}", "#125;");
  }

  @SuppressWarnings("unchecked") // What the YAML DSL has there.
  private static Map<String, ?> map(Object value) {
    return (Map<String, ?>) value;
  }

  @SuppressWarnings("unchecked") // What the YAML DSL has there.
  private static <T> List<T> list(Object value) {
    return value == null ? List.of() : (List<T>) value;
  }
}
