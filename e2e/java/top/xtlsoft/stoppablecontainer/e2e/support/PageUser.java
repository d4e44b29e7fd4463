package top.xtlsoft.stoppablecontainer.e2e.support;

import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBuilder;
import io.fabric8.kubernetes.client.Config;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.api.ApiNames;

/**
 * A user with rights in one namespace and the right to open the web page, and this user's {@code
 * kubectl proxy}, as in docs/page.md.
 */
public final class PageUser implements AutoCloseable {

  private static final String PAGE = "stoppablecontainer-page";
  private static final Pattern SERVING =
      Pattern.compile("Starting to serve on 127\\.0\\.0\\.1:(\\d+)");

  private final TestNamespace namespace;
  private final RoleBinding mayOpen;
  private final Path kubeconfig;
  private @Nullable Process proxy;
  private int port;

  private PageUser(TestNamespace namespace, RoleBinding mayOpen, Path kubeconfig) {
    this.namespace = namespace;
    this.mayOpen = mayOpen;
    this.kubeconfig = kubeconfig;
  }

  /** Creates a user and starts the user's proxy. */
  public static PageUser create(
      TestNamespace ns, Path folder, String name, List<PolicyRule> rights) {
    step("user %s", name);
    ns.client()
        .resource(
            new ServiceAccountBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(ns.name())
                .endMetadata()
                .build())
        .create();
    ns.client()
        .resource(
            new RoleBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(ns.name())
                .endMetadata()
                .withRules(rights)
                .build())
        .create();
    ns.client().resource(binding(ns, name, ns.name(), name, name)).create();
    RoleBinding mayOpen =
        binding(ns, name, ApiNames.OPERATOR_NAMESPACE, ns.name() + "-" + name, PAGE);
    ns.client().resource(mayOpen).create();
    PageUser user = new PageUser(ns, mayOpen, kubeconfig(ns, folder, name));
    user.startProxy();
    return user;
  }

  private static RoleBinding binding(
      TestNamespace ns, String user, String in, String name, String role) {
    return new RoleBindingBuilder()
        .withNewMetadata()
        .withName(name)
        .withNamespace(in)
        .endMetadata()
        .withNewRoleRef("rbac.authorization.k8s.io", "Role", role)
        .addNewSubject()
        .withKind("ServiceAccount")
        .withName(user)
        .withNamespace(ns.name())
        .endSubject()
        .build();
  }

  private static Path kubeconfig(TestNamespace ns, Path folder, String name) {
    Config admin = ns.client().getConfiguration();
    String token =
        ns.client()
            .serviceAccounts()
            .inNamespace(ns.name())
            .withName(name)
            .tokenRequest(new TokenRequestBuilder().withNewSpec().endSpec().build())
            .getStatus()
            .getToken();
    try {
      String authority =
          admin.getCaCertData() != null
              ? admin.getCaCertData()
              : Base64.getEncoder()
                  .encodeToString(Files.readAllBytes(Path.of(admin.getCaCertFile())));
      return Files.writeString(
          folder.resolve(name + ".kubeconfig"),
          """
          apiVersion: v1
          kind: Config
          current-context: user
          contexts: [{name: user, context: {cluster: it, user: user}}]
          clusters: [{name: it, cluster: {server: "%s", certificate-authority-data: "%s"}}]
          users: [{name: user, user: {token: "%s"}}]
          """
              .formatted(admin.getMasterUrl(), authority, token));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts the proxy, at its previous port if it has run before. */
  public void startProxy() {
    try {
      proxy =
          new ProcessBuilder(
                  System.getenv().getOrDefault("KUBECTL", "kubectl"),
                  "--kubeconfig=" + kubeconfig,
                  "proxy",
                  "--port=" + port)
              .redirectErrorStream(true)
              .start();
      BufferedReader said = proxy.inputReader();
      Matcher serving = SERVING.matcher(firstLine(said));
      if (!serving.find()) {
        throw new AssertionError("kubectl proxy does not serve");
      }
      port = Integer.parseInt(serving.group(1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String firstLine(BufferedReader said) {
    CompletableFuture<String> line = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                line.complete("" + said.readLine());
              } catch (IOException e) {
                line.completeExceptionally(e);
              }
            });
    try {
      return line.get(Timeouts.COMMAND.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } catch (ExecutionException | TimeoutException e) {
      throw new AssertionError("kubectl proxy says nothing", e);
    }
  }

  /** Ends the proxy, as when a laptop leaves the network. */
  public void endProxy() {
    if (proxy != null) {
      proxy.destroy();
      proxy.onExit().join();
    }
  }

  /** The page's address for the user's browser. */
  public String url() {
    return "http://127.0.0.1:%d/api/v1/namespaces/%s/services/%s/proxy/"
        .formatted(port, ApiNames.OPERATOR_NAMESPACE, PAGE);
  }

  @Override
  public void close() {
    endProxy();
    namespace.client().resource(mayOpen).delete();
  }
}
