package top.xtlsoft.stoppablecontainer.operator;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.camel.CamelContext;
import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.Main;
import org.apache.camel.main.MainListenerSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.camel.informer.InformerGroup;
import top.xtlsoft.stoppablecontainer.operator.election.LeaderElection;
import top.xtlsoft.stoppablecontainer.operator.election.LeaseFence;
import top.xtlsoft.stoppablecontainer.operator.kube.OperatorCaches;
import top.xtlsoft.stoppablecontainer.operator.metrics.LeaderMetrics;
import top.xtlsoft.stoppablecontainer.operator.metrics.LifeMetrics;
import top.xtlsoft.stoppablecontainer.operator.metrics.StepMetrics;
import top.xtlsoft.stoppablecontainer.operator.metrics.WakeMetrics;
import top.xtlsoft.stoppablecontainer.operator.model.BinConfigMapFactory;
import top.xtlsoft.stoppablecontainer.operator.page.PagePort;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;
import top.xtlsoft.stoppablecontainer.operator.pass.PlannedEvent;
import top.xtlsoft.stoppablecontainer.operator.snapshot.RestorePass;
import top.xtlsoft.stoppablecontainer.operator.snapshot.SnapshotPass;
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

/** The operator's program: makes what the routes need, and runs them. */
public final class Operator {

  private static final Logger LOG = LoggerFactory.getLogger(Operator.class);

  /** Name of the Camel context, and of the service in its spans. */
  private static final String NAME = "stoppablecontainer-operator";

  static final StepText TEXT =
      new StepText(Set.of(Pass.class, PlannedEvent.class, SnapshotPass.class, RestorePass.class));

  /** The group of the routes that act: only the leader runs them. */
  public static final String LEADER_GROUP = "leader";

  /** Routes whose name stands in log lines, without their prefix. */
  private static final List<String> STEPS =
      List.of(
          "validate", "instance", "provider", "consumer", "release", "park", "delete", "status");

  /** Exit code after a lost lease. */
  private static final int LOST_LEASE = 1;

  private Operator() {}

  /** Runs until it gets a signal or loses its lease. */
  public static void main(String[] args) throws Exception {
    JavaLogs.join();
    OperatorSettings settings = OperatorSettings.from(System.getenv());
    LeaseFence fence = new LeaseFence();
    try (ObservePort observed = new ObservePort(settings.healthPort());
        KubernetesClient client = client(settings, fence)) {
      Main main = main(settings, client, fence, observed);
      SpanExport.from(System.getenv(), NAME, TEXT).ifPresent(main::addMainListener);
      main.run(args);
      System.exit(main.getExitCode());
    }
  }

  /** Outside a cluster there is no election, and so no fence. */
  private static KubernetesClient client(OperatorSettings settings, LeaseFence fence) {
    return (settings.namespace().isPresent()
            ? ApiServerClients.guarded(fence)
            : ApiServerClients.builder())
        .build();
  }

  /** The program, not started yet. */
  static Main main(
      OperatorSettings settings, KubernetesClient client, LeaseFence fence, ObservePort observed)
      throws IOException {
    InformerGroup informers = new InformerGroup();
    TracedKeys traced = new TracedKeys();
    OperatorCaches caches = new OperatorCaches(client, informers, traced, Clock.systemUTC());
    BinConfigMapFactory binaries = BinariesFolder.read(settings.binaries());
    Main main = new Main();
    main.configure()
        .addConfiguration(
            new OperatorBeans(settings, client, caches, informers, binaries, Clock.systemUTC()));
    configure(main, settings, observed, informers);
    // All keys are those of StoppableContainers, except in events of pods.
    main.addMainListener(new Tracing(new StepTracer(traced, caches::ownerOfPod, TEXT)));
    main.addMainListener(new Rehearsal(client, binaries.architectures().iterator().next()));
    settings
        .namespace()
        .ifPresent(
            namespace ->
                main.addMainListener(
                    new Leading(main, new LeaderElection(namespace, settings.identity(), fence))));
    return main;
  }

  private static void configure(
      Main main, OperatorSettings settings, ObservePort observed, InformerGroup informers) {
    PrometheusMeterRegistry meters =
        CamelProperties.apply(main, NAME, settings.routes().toString(), observed, informers);
    main.addMainListener(new Counting(meters));
    settings.pagePort().ifPresent(port -> main.addMainListener(new PagePort(port)));
    main.addInitialProperty("sc.resync-interval-ms", "" + settings.resyncInterval().toMillis());
    main.addInitialProperty("sc.leads-at-start", "" + settings.namespace().isEmpty());
  }

  private static Optional<String> uidOf(Object body) {
    return body instanceof Pass pass
        ? pass.observed().resource().map(resource -> resource.getMetadata().getUid())
        : Optional.empty();
  }

  /** Adds the operator's own metrics. */
  private static final class Counting extends MainListenerSupport {

    private final MeterRegistry meters;

    Counting(MeterRegistry meters) {
      this.meters = meters;
    }

    @Override
    public void beforeInitialize(BaseMainSupport starting) {
      CamelContext camel = starting.getCamelContext();
      camel.addRoutePolicyFactory(new RouteHook(new StepMetrics(meters).hooks()));
      camel.addRoutePolicyFactory(new RouteHook(new LifeMetrics(meters, System::nanoTime).hooks()));
      camel.addRoutePolicyFactory(new RouteHook(new WakeMetrics(meters, System::nanoTime).hooks()));
      LeaderMetrics.bind(meters, camel, LEADER_GROUP);
      camel.addRoutePolicyFactory(new RouteHook(StepLog.of("sc-", STEPS, Operator::uidOf)));
    }
  }

  /** Runs the routes of the leader while this operator leads. */
  private static final class Leading extends MainListenerSupport {

    private final Main main;
    private final LeaderElection election;

    Leading(Main main, LeaderElection election) {
      this.main = main;
      this.election = election;
    }

    @Override
    public void afterStart(BaseMainSupport started) {
      election.start(() -> lead(started.getCamelContext()), this::lost);
    }

    @Override
    public void beforeStop(BaseMainSupport stopping) {
      // Another operator may lead only after the last write of this one.
      try {
        stopping.getCamelContext().getRouteController().stopRouteGroup(LEADER_GROUP);
      } catch (Exception e) {
        LOG.warn("Leader's routes not stopped, releasing the lease", e);
      }
      election.close();
    }

    private void lead(CamelContext context) {
      try {
        context.getRouteController().startRouteGroup(LEADER_GROUP);
        LOG.info("Leader's routes started");
      } catch (Exception e) {
        LOG.error("Leader's routes not started, ending", e);
        main.shutdown();
      }
    }

    private void lost() {
      LOG.error("Lease lost, ending without another write");
      Runtime.getRuntime().halt(LOST_LEASE);
    }
  }
}
