package top.xtlsoft.stoppablecontainer.e2e.support;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * A mutating admission webhook for the pods of one namespace, in the test process, at the machine's
 * end of the node's cable. It notes which pods were made.
 */
public final class MutatingWebhook implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PASSWORD = "open sesame";

  private final TestNamespace ns;
  private final HttpsServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Function<JsonNode, List<Map<String, Object>>> change;
  private final List<String> made = new ArrayList<>();

  private MutatingWebhook(
      TestNamespace ns, HttpsServer server, Function<JsonNode, List<Map<String, Object>>> change) {
    this.ns = ns;
    this.server = server;
    this.change = change;
  }

  /**
   * Has each pod that is made in the namespace changed.
   *
   * @param change the JSON patch (RFC 6902) for a pod
   */
  public static MutatingWebhook start(
      TestNamespace ns, Function<JsonNode, List<Map<String, Object>>> change) {
    try {
      InetAddress address = Registry.nodesNeighbour();
      Path folder = Files.createTempDirectory("webhook");
      HttpsServer server = HttpsServer.create(new InetSocketAddress(address, 0), 0);
      server.setHttpsConfigurator(new HttpsConfigurator(tls(folder, address)));
      MutatingWebhook webhook = new MutatingWebhook(ns, server, change);
      server.createContext("/", webhook::answer);
      server.setExecutor(webhook.threads);
      server.start();
      webhook.register(Files.readAllBytes(folder.resolve("cert.pem")));
      return webhook;
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException("cannot start a webhook", e);
    }
  }

  /** How many pods of that name were made so far; those of a dry run are not counted. */
  public long made(String pod) {
    synchronized (made) {
      return made.stream().filter(pod::equals).count();
    }
  }

  @Override
  public void close() {
    ns.kubectl("delete", "mutatingwebhookconfiguration", ns.name()).ok();
    server.stop(0);
    threads.close();
  }

  private void register(byte[] certificate) {
    ns.kubectlWithInput(
            """
            apiVersion: admissionregistration.k8s.io/v1
            kind: MutatingWebhookConfiguration
            metadata: {name: %s}
            webhooks:
              - name: pods.example.com
                admissionReviewVersions: [v1]
                sideEffects: None
                clientConfig: {url: "https://%s:%d/", caBundle: %s}
                namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: %s}}
                rules:
                  - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}
            """
                .formatted(
                    ns.name(),
                    server.getAddress().getAddress().getHostAddress(),
                    server.getAddress().getPort(),
                    Base64.getEncoder().encodeToString(certificate),
                    ns.name()),
            "create",
            "-f",
            "-")
        .ok();
  }

  /** A certificate that vouches for itself, by the keytool of this Java. */
  private static SSLContext tls(Path folder, InetAddress address)
      throws IOException, GeneralSecurityException {
    Path store = folder.resolve("store.p12");
    keytool(
        store,
        "-genkeypair",
        "-keyalg",
        "EC",
        "-dname",
        "CN=webhook",
        "-validity",
        "2",
        "-ext",
        "san=ip:" + address.getHostAddress());
    keytool(store, "-exportcert", "-rfc", "-file", folder.resolve("cert.pem").toString());
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return context;
  }

  private static void keytool(Path store, String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(Path.of(System.getProperty("java.home"), "bin/keytool").toString()));
    command.addAll(List.of(arguments));
    command.addAll(
        List.of("-alias", "webhook", "-keystore", store.toString(), "-storetype", "PKCS12"));
    command.addAll(List.of("-storepass", PASSWORD));
    Command.run(command, "", Timeouts.COMMAND).ok();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      JsonNode request = JSON.readTree(exchange.getRequestBody()).path("request");
      if (!request.path("dryRun").asBoolean()) {
        synchronized (made) {
          made.add(request.path("object").path("metadata").path("name").asText());
        }
      }
      String patch = JSON.writeValueAsString(change.apply(request.path("object")));
      byte[] answer =
          JSON.writeValueAsBytes(
              Map.of(
                  "apiVersion",
                  "admission.k8s.io/v1",
                  "kind",
                  "AdmissionReview",
                  "response",
                  Map.of(
                      "uid",
                      request.path("uid").asText(),
                      "allowed",
                      true,
                      "patchType",
                      "JSONPatch",
                      "patch",
                      Base64.getEncoder().encodeToString(patch.getBytes(StandardCharsets.UTF_8)))));
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(200, answer.length);
      exchange.getResponseBody().write(answer);
    }
  }
}
