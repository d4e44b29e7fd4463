package top.xtlsoft.stoppablecontainer.e2e.support;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import top.xtlsoft.stoppablecontainer.camel.informer.InformerGroup;
import top.xtlsoft.stoppablecontainer.runtime.apiserver.ApiServerClients;

/**
 * A process that finds the API server and its token like a program in a pod, and watches the
 * ConfigMaps of a namespace with the informers of operator and agent.
 */
public final class ListeningProgram implements AutoCloseable {

  private final Process process;
  private final Set<String> heard = ConcurrentHashMap.newKeySet();

  private ListeningProgram(Process process) {
    this.process = process;
    Thread.ofVirtual().start(this::listen);
  }

  /**
   * Starts one.
   *
   * @param token file of its token
   */
  public static ListeningProgram start(TestNamespace namespace, Path token) throws IOException {
    Config admin = namespace.client().getConfiguration();
    Path ca = token.resolveSibling("ca.crt");
    if (admin.getCaCertData() != null) {
      Files.write(ca, java.util.Base64.getMimeDecoder().decode(admin.getCaCertData()));
    } else {
      Files.copy(Path.of(admin.getCaCertFile()), ca);
    }
    URI server = URI.create(admin.getMasterUrl());
    ProcessBuilder builder =
        new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-Dkubernetes.auth.tryKubeConfig=false",
                "-Dkubernetes.auth.serviceAccount.token=" + token,
                "-Dkubernetes.certs.ca.file=" + ca,
                "-cp",
                System.getProperty("java.class.path"),
                ListeningProgram.class.getName(),
                namespace.name()));
    builder.environment().put("KUBERNETES_SERVICE_HOST", server.getHost());
    builder.environment().put("KUBERNETES_SERVICE_PORT", "" + server.getPort());
    builder.redirectError(new File("target", "listening-program.log"));
    return new ListeningProgram(builder.start());
  }

  /** Watches until it is killed, and prints the names on stdout. */
  public static void main(String[] args) throws InterruptedException {
    try (KubernetesClient client = ApiServerClients.builder().build()) {
      InformerGroup informers = new InformerGroup();
      SharedIndexInformer<ConfigMap> informer =
          client.configMaps().inNamespace(args[0]).runnableInformer(0);
      informers.register("configmaps", informer);
      informer.addEventHandler(
          new ResourceEventHandler<>() {
            @Override
            public void onAdd(ConfigMap added) {
              System.out.println("+" + added.getMetadata().getName());
            }

            @Override
            public void onUpdate(ConfigMap before, ConfigMap now) {}

            @Override
            public void onDelete(ConfigMap deleted, boolean unknown) {}
          });
      informer.start();
      new CountDownLatch(1).await();
    }
  }

  private void listen() {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      lines
          .lines()
          .filter(line -> line.startsWith("+"))
          .forEach(line -> heard.add(line.substring(1)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until it has received a ConfigMap. */
  public void awaitHeard(String configMap) {
    Awaitility.await("it receives " + configMap)
        .atMost(Timeouts.RECOVERED)
        .failFast("see target/listening-program.log", () -> !process.isAlive())
        .until(() -> heard.contains(configMap));
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
