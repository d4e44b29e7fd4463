package top.xtlsoft.stoppablecontainer.runtime.apiserver;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.Optional;

/** Builds API server clients that detect a dead connection. */
public final class ApiServerClients {

  private ApiServerClients() {}

  /** A client for the cluster the program runs in, or for the user's kubeconfig. */
  public static KubernetesClientBuilder builder() {
    return builder(Config.autoConfigure(null));
  }

  /** A client with the given configuration. */
  public static KubernetesClientBuilder builder(Config config) {
    return guarded(config, request -> Optional.empty());
  }

  /** A client that sends a request only if the guard allows it. */
  public static KubernetesClientBuilder guarded(RequestGuard guard) {
    return guarded(Config.autoConfigure(null), guard);
  }

  /** A guarded client with the given configuration. */
  public static KubernetesClientBuilder guarded(Config config, RequestGuard guard) {
    return new KubernetesClientBuilder()
        .withConfig(config)
        .withKubernetesSerialization(serialization())
        .withHttpClientFactory(new Factory(guard));
  }

  /**
   * Skips the scan for all 200 resource classes: each class registers itself on first use. Status
   * is the exception: a watch receives it in place of an object, so it is registered here.
   */
  private static KubernetesSerialization serialization() {
    KubernetesSerialization serialization = new KubernetesSerialization(new ObjectMapper(), false);
    serialization.registerKubernetesResource(Status.class);
    return serialization;
  }

  /**
   * A client whose requests end after the timeout and are not retried. For callers that ask
   * periodically: their next request is the retry.
   */
  public static KubernetesClientBuilder impatient(Duration timeout) {
    Config config = Config.autoConfigure(null);
    config.setRequestTimeout(Math.toIntExact(timeout.toMillis()));
    config.setConnectionTimeout(Math.toIntExact(timeout.toMillis()));
    config.setRequestRetryBackoffLimit(0);
    return builder(config);
  }

  private static final class Factory extends JdkHttpClientFactory {

    private final RequestGuard guard;

    Factory(RequestGuard guard) {
      this.guard = guard;
    }

    @Override
    protected HttpClient.Builder createNewHttpClientBuilder() {
      // With HTTP/2 the JDK sends all requests over one connection, and keeps using it after
      // requests time out. With HTTP/1.1 it closes the connection, and the next request opens a new
      // one.
      return wrapping(
          super.createNewHttpClientBuilder().version(HttpClient.Version.HTTP_1_1), guard);
    }
  }

  /** Wraps a builder so that its client adds a heartbeat to WebSockets and asks the guard. */
  private static HttpClient.Builder wrapping(HttpClient.Builder plain, RequestGuard guard) {
    return (HttpClient.Builder)
        Proxy.newProxyInstance(
            HttpClient.Builder.class.getClassLoader(),
            new Class<?>[] {HttpClient.Builder.class},
            (self, method, arguments) -> {
              try {
                Object result = method.invoke(plain, arguments);
                return result instanceof HttpClient built
                    ? new ApiServerHttpClient(built, guard)
                    : self;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
