package top.xtlsoft.stoppablecontainer.agent;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.camel.CamelContext;
import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.Main;
import org.apache.camel.main.MainListenerSupport;
import top.xtlsoft.stoppablecontainer.agent.attach.AttachRehearsal;
import top.xtlsoft.stoppablecontainer.agent.attach.ContainerAttacher;
import top.xtlsoft.stoppablecontainer.agent.cri.ImageGateway;
import top.xtlsoft.stoppablecontainer.agent.cri.RuntimeHealthCheck;
import top.xtlsoft.stoppablecontainer.agent.filesystem.UpperMeter;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentInformers;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentInstances;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentPods;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.agent.metrics.NodeMetrics;
import top.xtlsoft.stoppablecontainer.agent.metrics.RequestMetrics;
import top.xtlsoft.stoppablecontainer.agent.process.Occupants;
import top.xtlsoft.stoppablecontainer.agent.request.Answer;
import top.xtlsoft.stoppablecontainer.agent.request.PodFolders;
import top.xtlsoft.stoppablecontainer.agent.request.PodRequest;
import top.xtlsoft.stoppablecontainer.agent.request.RequestFile;
import top.xtlsoft.stoppablecontainer.agent.request.RequestFolders;
import top.xtlsoft.stoppablecontainer.agent.request.RequestsHealthCheck;
import top.xtlsoft.stoppablecontainer.agent.request.TakenRequests;
import top.xtlsoft.stoppablecontainer.agent.watch.FolderWatcher;
import top.xtlsoft.stoppablecontainer.agent.watch.InboxScheduler;
import top.xtlsoft.stoppablecontainer.camel.informer.InformerGroup;
import top.xtlsoft.stoppablecontainer.camel.informer.InformersHealthCheck;
import top.xtlsoft.stoppablecontainer.camel.workqueue.WorkQueuesHealthCheck;
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

  /** As many as workers of requests, each of which may wait for one. */
  private static final int IMAGE_COMMAND_THREADS = 4;

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
      List.of("mount", "attach", "instance", "release", "report-pod", "follow-pod", "orphans");

  /** Where the node's files are, seen from the agent. */
  private static final String NODE_ROOT = "/proc/1/root";

  private Agent() {}

  /** Runs until it is told to end. Mounts stay. */
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
    InformerGroup informers = AgentInformers.create(client, settings.nodeName(), traced);
    AgentInstances instances = new AgentInstances(informers, client);
    AgentPods pods = new AgentPods(informers, instances, settings);
    PodFolders folders = new PodFolders(linux, settings);
    ScheduledExecutorService inboxThread =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("request-inbox").daemon().factory());
    InboxScheduler inboxScheduler = new InboxScheduler(inboxThread);
    TakenRequests taken = new TakenRequests();
    Main main = new Main();
    main.bind("agentSettings", settings);
    main.bind("clock", Clock.systemUTC());
    main.bind("kubernetesClient", client);
    main.bind("informers", informers);
    main.bind("imageGateway", images);
    main.bind(
        "imageCommandExecutor",
        Executors.newFixedThreadPool(
            IMAGE_COMMAND_THREADS,
            Thread.ofPlatform().name("image-command-", 0).daemon().factory()));
    main.bind("linuxSyscalls", linux);
    Node node = Node.open(linux);
    Occupants occupants = new Occupants(linux);
    ContainerAttacher attacher = new ContainerAttacher(linux, node, occupants);
    new AttachRehearsal(linux, node, attacher).run();
    main.bind("node", node);
    main.bind("occupants", occupants);
    main.bind("containerAttacher", attacher);
    RequestFolders requestFolders =
        new RequestFolders(
            linux,
            pods,
            folders,
            watcher,
            inboxThread,
            taken,
            settings.inbox(),
            inboxScheduler,
            Clock.systemUTC());
    main.bind("informersHealthCheck", new InformersHealthCheck(informers));
    main.bind("requestsHealthCheck", new RequestsHealthCheck(watcher, requestFolders));
    main.bind("nodeHealthCheck", new NodeHealthCheck(linux, node));
    main.bind("runtimeHealthCheck", new RuntimeHealthCheck(NODE_ROOT + settings.criSocketPath()));
    main.bind("workQueuesHealthCheck", new WorkQueuesHealthCheck(main::getCamelContext));
    main.bind("agentInstances", instances);
    main.bind("agentPods", pods);
    main.bind("podFolders", folders);
    main.bind("takenRequests", taken);
    main.bind("requestFormat", RequestFile.FORMAT);
    main.bind("inboxScheduler", inboxScheduler);
    main.bind("requestFolders", requestFolders);
    main.addInitialProperty("inbox", settings.inbox().toString());
    PrometheusMeterRegistry meters =
        CamelProperties.apply(main, NAME, settings.routes(), observed, informers);
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
            UpperMeter meter =
                started
                    .getCamelContext()
                    .getRegistry()
                    .lookupByNameAndType("upperMeter", UpperMeter.class);
            meters.getPrometheusRegistry().register(new NodeMetrics(linux, instances, meter));
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
