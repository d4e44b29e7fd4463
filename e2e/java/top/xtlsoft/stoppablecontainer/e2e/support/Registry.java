package top.xtlsoft.stoppablecontainer.e2e.support;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A registry of images that the embedded node pulls from, in this process, on the machine's end of
 * the node's cable. Repositories {@code private/...} need a user and a password.
 */
public final class Registry implements AutoCloseable {

  public static final String USER = "e2e";
  public static final String PASSWORD = "open sesame";

  /** The folder of containerd's registry configuration on the node. */
  private static final String HOSTS = "/var/lib/registry-hosts";

  private static final Pattern REQUEST =
      Pattern.compile("/v2/(?<repository>.+)/(?<kind>manifests|blobs)/(?<reference>[^/]+)");

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Path hosts;
  private final Map<String, byte[]> blobs = new ConcurrentHashMap<>();
  private final Map<String, byte[]> manifests = new ConcurrentHashMap<>();

  private Registry(HttpServer server) {
    this.server = server;
    this.hosts = Path.of(ClusterEnv.get().nodeRoot() + HOSTS, address());
  }

  /** Starts a registry and configures the node for it. */
  public static Registry start() {
    try {
      Registry registry =
          new Registry(HttpServer.create(new InetSocketAddress(nodesNeighbour(), 0), 0));
      registry.server.createContext("/v2/", registry::answer);
      registry.server.setExecutor(registry.threads);
      registry.server.start();
      Files.createDirectories(registry.hosts);
      Files.writeString(
          registry.hosts.resolve("hosts.toml"),
          "[host.\"http://%s\"]\ncapabilities = [\"pull\", \"resolve\"]\n"
              .formatted(registry.address()));
      return registry;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start a registry", e);
    }
  }

  /** Pushes an image under a tag, which may move from another image; returns its name. */
  public String push(String repository, String tag, TestImage image) {
    blobs.put(TestImage.digest(image.config()), image.config());
    image.layers().forEach(layer -> blobs.put(TestImage.digest(layer), layer));
    byte[] manifest = image.manifest();
    manifests.put(repository + ":" + tag, manifest);
    manifests.put(repository + ":" + TestImage.digest(manifest), manifest);
    return address() + "/" + repository + ":" + tag;
  }

  /** The current digest of a tag. */
  public String digest(String repository, String tag) {
    return TestImage.digest(manifests.get(repository + ":" + tag));
  }

  /** Content of a Secret of type kubernetes.io/dockerconfigjson for this registry. */
  public String dockerConfig(String password) {
    String auth =
        Base64.getEncoder()
            .encodeToString((USER + ":" + password).getBytes(StandardCharsets.UTF_8));
    return "{\"auths\":{\"%s\":{\"auth\":\"%s\"}}}".formatted(address(), auth);
  }

  private String address() {
    return server.getAddress().getAddress().getHostAddress() + ":" + server.getAddress().getPort();
  }

  /** This machine's address in the subnet that it shares with the node. */
  static InetAddress nodesNeighbour() throws IOException {
    byte[] node = InetAddress.getByName(ClusterEnv.get().nodeAddress()).getAddress();
    for (NetworkInterface link : Collections.list(NetworkInterface.getNetworkInterfaces())) {
      for (InterfaceAddress own : link.getInterfaceAddresses()) {
        byte[] address = own.getAddress().getAddress();
        if (address.length == node.length && sameSubnet(address, node, own)) {
          return own.getAddress();
        }
      }
    }
    throw new IOException("no interface of this machine is in the node's subnet");
  }

  private static boolean sameSubnet(byte[] one, byte[] other, InterfaceAddress mask) {
    int bits = mask.getNetworkPrefixLength();
    for (int bit = 0; bit < bits; bit++) {
      int shift = 7 - bit % 8;
      if ((one[bit / 8] >> shift & 1) != (other[bit / 8] >> shift & 1)) {
        return false;
      }
    }
    return bits > 0;
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      Matcher request = REQUEST.matcher(exchange.getRequestURI().getPath());
      if (!request.matches()) {
        send(exchange, 200, "application/json", "{}".getBytes(StandardCharsets.UTF_8));
      } else if (!allowed(exchange, request.group("repository"))) {
        exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"e2e\"");
        send(exchange, 401, "application/json", error("UNAUTHORIZED"));
      } else {
        boolean manifest = request.group("kind").equals("manifests");
        byte[] found =
            manifest
                ? manifests.get(request.group("repository") + ":" + request.group("reference"))
                : blobs.get(request.group("reference"));
        if (found == null) {
          send(exchange, 404, "application/json", error("MANIFEST_UNKNOWN"));
        } else {
          exchange.getResponseHeaders().set("Docker-Content-Digest", TestImage.digest(found));
          send(
              exchange,
              200,
              manifest ? "application/vnd.oci.image.manifest.v1+json" : "application/octet-stream",
              found);
        }
      }
    }
  }

  private static boolean allowed(HttpExchange exchange, String repository) {
    String expected =
        "Basic "
            + Base64.getEncoder()
                .encodeToString((USER + ":" + PASSWORD).getBytes(StandardCharsets.UTF_8));
    return !repository.startsWith("private/")
        || expected.equals(exchange.getRequestHeaders().getFirst("Authorization"));
  }

  private static byte[] error(String code) {
    return "{\"errors\":[{\"code\":\"%s\"}]}".formatted(code).getBytes(StandardCharsets.UTF_8);
  }

  private static void send(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
      exchange.sendResponseHeaders(status, -1);
    } else {
      exchange.sendResponseHeaders(status, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.close();
    Command.run(List.of("rm", "-rf", hosts.toString()), "", Timeouts.COMMAND).ok();
  }
}
