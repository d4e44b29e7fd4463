package top.xtlsoft.stoppablecontainer.e2e.support;

import java.lang.reflect.AnnotatedElement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * Creates and deletes a test's namespace, checks the logs after the test, dumps after a failure.
 */
final class ClusterExtension implements BeforeEachCallback, AfterEachCallback, ParameterResolver {

  private static final ExtensionContext.Namespace STORE =
      ExtensionContext.Namespace.create(ClusterExtension.class);

  private static final Pattern INVOCATION = Pattern.compile("^\\[([0-9]+)]");

  /** With {@code E2E_KEEP=true} the namespaces stay for inspection. */
  private static final boolean KEEP = Boolean.parseBoolean(System.getenv("E2E_KEEP"));

  @Override
  public void beforeEach(ExtensionContext context) {
    // JUnit closes it after the last test.
    Leftovers leftovers =
        context
            .getRoot()
            .getStore(STORE)
            .getOrComputeIfAbsent(Leftovers.class, key -> new Leftovers(), Leftovers.class);
    Steps.begin(test(context));
    boolean restricted = elements(context).anyMatch(e -> e.isAnnotationPresent(Restricted.class));
    TestNamespace namespace = TestNamespace.create(namespaceName(method(context)), restricted);
    leftovers.expectGone(namespace);
    context.getStore(STORE).put(TestNamespace.class, namespace);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    TestNamespace namespace = namespace(context);
    if (namespace == null) {
      Steps.end();
      return;
    }
    AssertionError logs = null;
    try {
      LogCheck.check(namespace, allowedLogs(context));
      if (context.getExecutionException().isEmpty()) {
        requireTyped(context, namespace);
      }
    } catch (AssertionError e) {
      logs = e;
    }
    if (logs != null || context.getExecutionException().isPresent()) {
      FailureDump.write(test(context), namespace, context.getExecutionException().orElse(logs));
    }
    if (!KEEP) {
      namespace.delete();
    }
    Steps.end();
    if (logs != null) {
      throw logs;
    }
  }

  private static void requireTyped(ExtensionContext context, TestNamespace namespace) {
    List<DocCommand> forgotten =
        AnnotationSupport.findAnnotation(context.getRequiredTestMethod(), Types.class).stream()
            .flatMap(types -> Stream.of(types.value()))
            .flatMap(place -> DocPage.commandsAt(place).stream())
            .filter(command -> !DocExceptions.excuses(command.text()))
            .filter(command -> !namespace.typed().contains(command.text()))
            .toList();
    if (!forgotten.isEmpty()) {
      throw new AssertionError("@Types says that it types, and it did not: " + forgotten);
    }
  }

  private static List<Pattern> allowedLogs(ExtensionContext context) {
    List<Pattern> allowed = new ArrayList<>();
    elements(context)
        .flatMap(e -> AnnotationSupport.findAnnotation(e, AllowsLogs.class).stream())
        .flatMap(a -> Stream.of(a.value()))
        .map(Pattern::compile)
        .forEach(allowed::add);
    return allowed;
  }

  private static Stream<AnnotatedElement> elements(ExtensionContext context) {
    return Stream.of(context.getRequiredTestMethod(), context.getRequiredTestClass());
  }

  /** Class and method, and the number of the invocation for a test with parameters. */
  private static String test(ExtensionContext context) {
    String name = context.getRequiredTestClass().getSimpleName() + "." + method(context);
    Matcher invocation = INVOCATION.matcher(context.getDisplayName());
    return invocation.find() ? name + invocation.group(1) : name;
  }

  private static String method(ExtensionContext context) {
    return context.getRequiredTestMethod().getName();
  }

  /** keepsFilesAcrossStops -> sc-e2e-keeps-files-across-stops-4f2a, cut to what a name may be. */
  private static String namespaceName(String method) {
    String words = method.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    String cut = words.substring(0, Math.min(words.length(), 40)).replaceAll("-+$", "");
    int random = ThreadLocalRandom.current().nextInt(0x10000);
    return "%s%s-%04x".formatted(TestNamespace.PREFIX, cut, random);
  }

  private static TestNamespace namespace(ExtensionContext context) {
    return context.getStore(STORE).get(TestNamespace.class, TestNamespace.class);
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == TestNamespace.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return namespace(context);
  }
}
