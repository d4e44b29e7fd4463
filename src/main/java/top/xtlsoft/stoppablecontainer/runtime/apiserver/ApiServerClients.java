package top.xtlsoft.stoppablecontainer.runtime.apiserver;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
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

/** Makes clients of the API server that notice a dead connection. */
public final class ApiServerClients {

  private ApiServerClients() {}

  /** A client of the cluster that the program runs in, or of the user's kubeconfig. */
  public static KubernetesClientBuilder builder() {
    return guarded(Config.autoConfigure(null), request -> Optional.empty());
  }

  /** A client that sends only what the guard lets pass. */
  public static KubernetesClientBuilder guarded(RequestGuard guard) {
    return guarded(Config.autoConfigure(null), guard);
  }

  /** The same with these settings. */
  public static KubernetesClientBuilder guarded(Config config, RequestGuard guard) {
    return new KubernetesClientBuilder()
        .withConfig(config)
        .withKubernetesSerialization(serialization())
        .withHttpClientFactory(new Factory(guard));
  }

  /**
   * Does not look for all kinds that there are classes for, which are 200: a kind makes itself
   * known when it is first asked for. Only what watches get in an object's place is asked for by
   * nobody. Fields that the classes lack are left out: the CRDs may be newer than this program, as
   * after a roll back.
   */
  private static KubernetesSerialization serialization() {
    ObjectMapper json =
        JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();
    KubernetesSerialization serialization = new KubernetesSerialization(json, false);
    serialization.registerKubernetesResource(Status.class);
    return serialization;
  }

  /**
   * A client that gives each request up after that time and does not try it again: who asks often
   * is better off asking anew.
   */
  public static KubernetesClientBuilder impatient(Duration timeout) {
    Config config = Config.autoConfigure(null);
    config.setRequestTimeout(Math.toIntExact(timeout.toMillis()));
    config.setConnectionTimeout(Math.toIntExact(timeout.toMillis()));
    config.setRequestRetryBackoffLimit(0);
    return guarded(config, request -> Optional.empty());
  }

  private static final class Factory extends JdkHttpClientFactory {

    private final RequestGuard guard;

    Factory(RequestGuard guard) {
      this.guard = guard;
    }

    @Override
    protected HttpClient.Builder createNewHttpClientBuilder() {
      // Of HTTP/2 the JDK keeps one connection for all requests, and goes on using it when requests
      // over it time out; one of HTTP/1.1 is closed then, and the next request opens another.
      return wrapping(
          super.createNewHttpClientBuilder().version(HttpClient.Version.HTTP_1_1), guard);
    }
  }

  /** The same builder, but what it builds gives WebSockets a heartbeat and asks the guard. */
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
