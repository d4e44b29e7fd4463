package top.xtlsoft.stoppablecontainer.component.apiserver;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.http.HttpClient;
import java.time.Duration;

/**
 * Makes clients of the API server that notice a dead connection, and that try nothing again by
 * themselves: queues and informers do, where it is seen. A client's own retries run on a thread of
 * fabric8's, where an interceptor that refuses the request ({@code LeaseFence}) is not heard, and
 * its caller waits for ever.
 */
public final class ApiServerClients {

  private ApiServerClients() {}

  /** A client of the cluster that the program runs in, or of the user's kubeconfig. */
  public static KubernetesClientBuilder builder() {
    return builder(Config.autoConfigure(null));
  }

  /** A client with these settings. */
  public static KubernetesClientBuilder builder(Config config) {
    config.setRequestRetryBackoffLimit(0);
    return new KubernetesClientBuilder().withConfig(config).withHttpClientFactory(new Factory());
  }

  /**
   * A client that gives each request up after that time: who asks often is better off asking anew.
   */
  public static KubernetesClientBuilder impatient(Duration timeout) {
    Config config = Config.autoConfigure(null);
    config.setRequestTimeout(Math.toIntExact(timeout.toMillis()));
    config.setConnectionTimeout(Math.toIntExact(timeout.toMillis()));
    return builder(config);
  }

  private static final class Factory extends JdkHttpClientFactory {

    @Override
    protected HttpClient.Builder createNewHttpClientBuilder() {
      // Of HTTP/2 the JDK keeps one connection for all requests, and goes on using it when requests
      // over it time out; one of HTTP/1.1 is closed then, and the next request opens another.
      return heartbeating(super.createNewHttpClientBuilder().version(HttpClient.Version.HTTP_1_1));
    }
  }

  /** The same builder, but what it builds gives WebSockets a heartbeat. */
  private static HttpClient.Builder heartbeating(HttpClient.Builder plain) {
    return (HttpClient.Builder)
        Proxy.newProxyInstance(
            HttpClient.Builder.class.getClassLoader(),
            new Class<?>[] {HttpClient.Builder.class},
            (self, method, arguments) -> {
              try {
                Object result = method.invoke(plain, arguments);
                return result instanceof HttpClient built ? new HeartbeatHttpClient(built) : self;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
