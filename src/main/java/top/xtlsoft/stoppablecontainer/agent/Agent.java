package top.xtlsoft.stoppablecontainer.agent;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.camel.CamelContext;
import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.Main;
import org.apache.camel.main.MainListenerSupport;
import top.xtlsoft.stoppablecontainer.agent.cri.ImageGateway;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentInformers;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentInstances;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentPods;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.agent.metrics.NodeMetrics;
import top.xtlsoft.stoppablecontainer.agent.metrics.OrphanMetrics;
import top.xtlsoft.stoppablecontainer.agent.metrics.RequestMetrics;
import top.xtlsoft.stoppablecontainer.agent.metrics.SnapshotMetrics;
import top.xtlsoft.stoppablecontainer.agent.request.Answer;
import top.xtlsoft.stoppablecontainer.agent.request.PodRequest;
import top.xtlsoft.stoppablecontainer.agent.watch.FolderWatcher;
import top.xtlsoft.stoppablecontainer.camel.informer.InformerGroup;
import top.xtlsoft.stoppablecontainer.runtime.apiserver.ApiServerClients;
import top.xtlsoft.stoppablecontainer.runtime.logs.JavaLogs;
import top.xtlsoft.stoppablecontainer.runtime.observe.ObservePort;
import top.xtlsoft.stoppablecontainer.runtime.routes.CamelProperties;
import top.xtlsoft.stoppablecontainer.runtime.routes.RouteHook;
import top.xtlsoft.stoppablecontainer.runtime.routes.StepLog;
import top.xtlsoft.stoppablecontainer.runtime.trace.SpanExport;
import top.xtlsoft.stoppablecontainer.runtime.trace.StepText;
import top.xtlsoft.stoppablecontainer.runtime.trace.StepTracer;
import top.xtlsoft.stoppablecontainer.runtime.trace.TracedKeys;
import top.xtlsoft.stoppablecontainer.runtime.trace.Tracing;

/** The node agent's program: binds what the routes stand on, and runs them. */
public final class Agent {

  /** Of its Camel context, and of the service that its spans are from. */
  private static final String NAME = "stoppablecontainer-agent";

  private static final StepText TEXT =
      new StepText(
          Set.of(
              PodRequest.class,
              Answer.class,
              NotYetException.class,
              RefusedException.class,
              SyscallException.class));

  /** Routes that name themselves in the log, without their prefix. */
  private static final List<String> STEPS =
      List.of(
          "mount",
          "attach",
          "instance",
          "size",
          "report-instance",
          "release",
          "report-pod",
          "follow-pod",
          "orphans",
          "snapshot",
          "report-snapshot",
          "release-snapshot");

  /** Where the node's files are, seen from the agent. */
  static final String NODE_ROOT = "/proc/1/root";

  private Agent() {}

  /** Runs until it is terminated. Mounts stay. */
  public static void main(String[] args) throws Exception {
    JavaLogs.join();
    AgentSettings settings = AgentSettings.from(System.getenv());
    try (ObservePort observed = new ObservePort(settings.healthPort());
        KubernetesClient client = ApiServerClients.builder().build();
        ImageGateway images = new ImageGateway(NODE_ROOT + settings.criSocketPath());
        FolderWatcher watcher = new FolderWatcher()) {
      Main main = main(settings, client, images, watcher, observed);
      SpanExport.from(System.getenv(), NAME, TEXT).ifPresent(main::addMainListener);
      main.run(args);
      System.exit(main.getExitCode());
    }
  }

  /** The program, bound and not yet started. */
  static Main main(
      AgentSettings settings,
      KubernetesClient client,
      ImageGateway images,
      FolderWatcher watcher,
      ObservePort observed) {
    LinuxSyscalls linux = new JnrSyscalls();
    TracedKeys traced = new TracedKeys();
    OrphanSettings orphanSettings = OrphanSettings.from(System.getenv());
    InformerGroup informers =
        AgentInformers.create(client, settings.nodeName(), orphanSettings.namespace(), traced);
    AgentInstances instances = new AgentInstances(informers, client);
    AgentPods pods = new AgentPods(informers, instances, settings);
    AgentBeans beans =
        new AgentBeans(
            settings, orphanSettings, client, images, watcher, linux, informers, instances, pods);
    Main main = new Main();
    main.configure().addConfiguration(beans);
    PrometheusMeterRegistry meters =
        CamelProperties.apply(main, NAME, settings.routes(), observed, informers);
    main.addInitialProperty("inbox", settings.inbox().toString());
    main.addMainListener(
        new MainListenerSupport() {
          @Override
          public void beforeInitialize(BaseMainSupport starting) {
            CamelContext camel = starting.getCamelContext();
            camel.addRoutePolicyFactory(new RouteHook(new RequestMetrics(meters).hooks()));
            camel.addRoutePolicyFactory(new RouteHook(StepLog.of("agent-", STEPS, Agent::uidOf)));
          }

          @Override
          public void afterStart(BaseMainSupport started) {
            PrometheusRegistry registry = meters.getPrometheusRegistry();
            registry.register(new NodeMetrics(instances, beans.instanceSizer, beans.store));
            registry.register(new OrphanMetrics(beans.orphanKeeper::known, Clock.systemUTC()));
            registry.register(new SnapshotMetrics(beans.lostSnapshots, beans.store));
          }
        });
    main.addMainListener(
        new Tracing(
            new StepTracer(traced, key -> pods.find(key).flatMap(pods::instanceKey), TEXT)));
    return main;
  }

  private static Optional<String> uidOf(Object body) {
    return body instanceof PodRequest request ? Optional.of(request.podUid()) : Optional.empty();
  }
}
