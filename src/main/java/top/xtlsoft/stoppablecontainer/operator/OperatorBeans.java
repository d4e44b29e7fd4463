package top.xtlsoft.stoppablecontainer.operator;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import org.apache.camel.BindToRegistry;
import org.apache.camel.CamelConfiguration;
import org.apache.camel.CamelContext;
import top.xtlsoft.stoppablecontainer.camel.informer.InformerGroup;
import top.xtlsoft.stoppablecontainer.camel.informer.InformersHealthCheck;
import top.xtlsoft.stoppablecontainer.camel.workqueue.WorkQueuesHealthCheck;
import top.xtlsoft.stoppablecontainer.operator.kube.ConfigMapGateway;
import top.xtlsoft.stoppablecontainer.operator.kube.EventRecorder;
import top.xtlsoft.stoppablecontainer.operator.kube.EventSeriesGateway;
import top.xtlsoft.stoppablecontainer.operator.kube.InstanceGateway;
import top.xtlsoft.stoppablecontainer.operator.kube.OperatorCaches;
import top.xtlsoft.stoppablecontainer.operator.kube.PodGateway;
import top.xtlsoft.stoppablecontainer.operator.kube.ResourceGateway;
import top.xtlsoft.stoppablecontainer.operator.kube.ResourceObserver;
import top.xtlsoft.stoppablecontainer.operator.kube.ResourceReader;
import top.xtlsoft.stoppablecontainer.operator.kube.ScheduledSnapshotGateway;
import top.xtlsoft.stoppablecontainer.operator.kube.StatusWriter;
import top.xtlsoft.stoppablecontainer.operator.model.BeforeSnapshotFactory;
import top.xtlsoft.stoppablecontainer.operator.model.BinConfigMapFactory;
import top.xtlsoft.stoppablecontainer.operator.model.ConsumerPodFactory;
import top.xtlsoft.stoppablecontainer.operator.model.InstanceFactory;
import top.xtlsoft.stoppablecontainer.operator.model.ProviderPodFactory;
import top.xtlsoft.stoppablecontainer.operator.model.SourceSnapshotFactory;
import top.xtlsoft.stoppablecontainer.operator.plan.BinariesPlanner;
import top.xtlsoft.stoppablecontainer.operator.plan.ClonePlanner;
import top.xtlsoft.stoppablecontainer.operator.plan.ConsumerPlanner;
import top.xtlsoft.stoppablecontainer.operator.plan.DeletePlanner;
import top.xtlsoft.stoppablecontainer.operator.plan.InstancePlanner;
import top.xtlsoft.stoppablecontainer.operator.plan.ParkPlanner;
import top.xtlsoft.stoppablecontainer.operator.plan.ProviderPlanner;
import top.xtlsoft.stoppablecontainer.operator.plan.ReleasePlanner;
import top.xtlsoft.stoppablecontainer.operator.snapshot.RestoreGateway;
import top.xtlsoft.stoppablecontainer.operator.snapshot.RestoreObserver;
import top.xtlsoft.stoppablecontainer.operator.snapshot.RestorePlanner;
import top.xtlsoft.stoppablecontainer.operator.snapshot.SnapshotGateway;
import top.xtlsoft.stoppablecontainer.operator.snapshot.SnapshotObserver;
import top.xtlsoft.stoppablecontainer.operator.snapshot.SnapshotPlanner;
import top.xtlsoft.stoppablecontainer.operator.status.HeldReport;
import top.xtlsoft.stoppablecontainer.operator.status.StatusPlanner;
import top.xtlsoft.stoppablecontainer.operator.validate.TemplateValidator;
import top.xtlsoft.stoppablecontainer.runtime.RecentMap;

/** Makes all beans of the operator's routes. The name of a field is the name of its bean. */
public final class OperatorBeans implements CamelConfiguration {

  // observe
  @BindToRegistry final ResourceObserver resourceObserver;

  // validate
  @BindToRegistry final TemplateValidator templateValidator;

  // plan
  @BindToRegistry final InstancePlanner instancePlanner;
  @BindToRegistry final ProviderPlanner providerPlanner;
  @BindToRegistry final ConsumerPlanner consumerPlanner;
  @BindToRegistry final ReleasePlanner releasePlanner;
  @BindToRegistry final ParkPlanner parkPlanner;
  @BindToRegistry final DeletePlanner deletePlanner;

  // carry out
  @BindToRegistry final Decided decided = new Decided();
  @BindToRegistry final ResourceGateway resourceGateway;
  @BindToRegistry final InstanceGateway instanceGateway;
  @BindToRegistry final PodGateway podGateway;
  @BindToRegistry final ConfigMapGateway configMapGateway;

  // report
  @BindToRegistry final StatusPlanner statusPlanner;
  @BindToRegistry final StatusWriter statusWriter;
  @BindToRegistry final EventRecorder eventRecorder;
  @BindToRegistry final EventSeriesGateway eventSeriesGateway;

  // snapshots
  @BindToRegistry final ScheduledSnapshotGateway scheduledSnapshotGateway;
  @BindToRegistry final SnapshotObserver snapshotObserver;
  @BindToRegistry final SnapshotPlanner snapshotPlanner = new SnapshotPlanner();
  @BindToRegistry final SnapshotGateway snapshotGateway;
  @BindToRegistry final RestoreObserver restoreObserver;

  @BindToRegistry
  final RestorePlanner restorePlanner = new RestorePlanner(new BeforeSnapshotFactory());

  @BindToRegistry final RestoreGateway restoreGateway;

  // the components and health
  @BindToRegistry final KubernetesClient kubernetesClient;
  @BindToRegistry final InformerGroup informerGroup;
  @BindToRegistry final InformersHealthCheck informersHealthCheck;

  OperatorBeans(
      OperatorSettings settings,
      KubernetesClient client,
      OperatorCaches caches,
      InformerGroup informers,
      BinConfigMapFactory binaries,
      Clock clock) {
    BinariesPlanner binariesPlanner = new BinariesPlanner(binaries);
    ResourceReader reader = new ResourceReader(client);
    resourceObserver = new ResourceObserver(caches, reader, clock);
    templateValidator =
        new TemplateValidator(settings.allowedHostPathPrefixes(), settings.allowedRuntimeClasses());
    instancePlanner =
        new InstancePlanner(new InstanceFactory(), new ClonePlanner(new SourceSnapshotFactory()));
    providerPlanner = new ProviderPlanner(new ProviderPodFactory(), binariesPlanner);
    consumerPlanner = new ConsumerPlanner(new ConsumerPodFactory(), binariesPlanner);
    releasePlanner = new ReleasePlanner();
    parkPlanner = new ParkPlanner(new ConsumerPodFactory(), binariesPlanner);
    deletePlanner = new DeletePlanner();
    resourceGateway = new ResourceGateway(client, reader);
    instanceGateway = new InstanceGateway(client, caches, reader);
    podGateway = new PodGateway(client, caches, clock);
    configMapGateway = new ConfigMapGateway(client, caches, binaries);
    statusPlanner =
        new StatusPlanner(
            settings.agentWait(), StatusPlanner.PATIENCE, RecentMap.ofMax(HeldReport.MAX_HELD));
    statusWriter = new StatusWriter(client);
    eventRecorder = new EventRecorder(clock, settings.identity());
    eventSeriesGateway = new EventSeriesGateway(client, clock);
    scheduledSnapshotGateway = new ScheduledSnapshotGateway(client);
    snapshotObserver = new SnapshotObserver(caches, clock);
    snapshotGateway = new SnapshotGateway(client);
    restoreObserver = new RestoreObserver(caches, resourceObserver, clock);
    restoreGateway = new RestoreGateway(client, caches);
    kubernetesClient = client;
    informerGroup = informers;
    informersHealthCheck = new InformersHealthCheck(informers);
  }

  @Override
  public void configure(CamelContext camel) {
    camel.getRegistry().bind("workQueuesHealthCheck", new WorkQueuesHealthCheck(() -> camel));
  }
}
