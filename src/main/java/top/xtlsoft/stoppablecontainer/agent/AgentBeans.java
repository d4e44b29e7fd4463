package top.xtlsoft.stoppablecontainer.agent;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.camel.BindToRegistry;
import org.apache.camel.CamelConfiguration;
import org.apache.camel.CamelContext;
import top.xtlsoft.stoppablecontainer.agent.activity.ActivityWatch;
import top.xtlsoft.stoppablecontainer.agent.activity.ContainerLook;
import top.xtlsoft.stoppablecontainer.agent.attach.AttachRehearsal;
import top.xtlsoft.stoppablecontainer.agent.attach.ContainerAttacher;
import top.xtlsoft.stoppablecontainer.agent.cri.ImageCommands;
import top.xtlsoft.stoppablecontainer.agent.cri.ImageGateway;
import top.xtlsoft.stoppablecontainer.agent.cri.RuntimeHealthCheck;
import top.xtlsoft.stoppablecontainer.agent.filesystem.FileSystemMounter;
import top.xtlsoft.stoppablecontainer.agent.filesystem.FileSystemRemover;
import top.xtlsoft.stoppablecontainer.agent.filesystem.ImageContents;
import top.xtlsoft.stoppablecontainer.agent.filesystem.LayerCollector;
import top.xtlsoft.stoppablecontainer.agent.filesystem.MadeFiles;
import top.xtlsoft.stoppablecontainer.agent.filesystem.OrphanFolders;
import top.xtlsoft.stoppablecontainer.agent.filesystem.SnapshotFolders;
import top.xtlsoft.stoppablecontainer.agent.filesystem.StackFlattener;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.HostFolderStore;
import top.xtlsoft.stoppablecontainer.agent.instance.InstanceFlattener;
import top.xtlsoft.stoppablecontainer.agent.instance.InstanceGrower;
import top.xtlsoft.stoppablecontainer.agent.instance.InstanceJobs;
import top.xtlsoft.stoppablecontainer.agent.instance.InstanceReleaser;
import top.xtlsoft.stoppablecontainer.agent.instance.InstanceReporter;
import top.xtlsoft.stoppablecontainer.agent.instance.InstanceRestorer;
import top.xtlsoft.stoppablecontainer.agent.instance.InstanceSizer;
import top.xtlsoft.stoppablecontainer.agent.instance.InstanceSyncer;
import top.xtlsoft.stoppablecontainer.agent.instance.LostSnapshots;
import top.xtlsoft.stoppablecontainer.agent.instance.OccupantsChecker;
import top.xtlsoft.stoppablecontainer.agent.instance.OrphanKeeper;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentEvents;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentInstances;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentPods;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentSnapshots;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.process.EarlyProcesses;
import top.xtlsoft.stoppablecontainer.agent.process.NodeMounts;
import top.xtlsoft.stoppablecontainer.agent.process.Occupants;
import top.xtlsoft.stoppablecontainer.agent.process.RootfsProcessFinder;
import top.xtlsoft.stoppablecontainer.agent.request.EarlyFiles;
import top.xtlsoft.stoppablecontainer.agent.request.HeldRequests;
import top.xtlsoft.stoppablecontainer.agent.request.HeldWakes;
import top.xtlsoft.stoppablecontainer.agent.request.PodConditionReporter;
import top.xtlsoft.stoppablecontainer.agent.request.PodFolders;
import top.xtlsoft.stoppablecontainer.agent.request.ReadyFileWriter;
import top.xtlsoft.stoppablecontainer.agent.request.RequestAnswerer;
import top.xtlsoft.stoppablecontainer.agent.request.RequestAttacher;
import top.xtlsoft.stoppablecontainer.agent.request.RequestFile;
import top.xtlsoft.stoppablecontainer.agent.request.RequestFolders;
import top.xtlsoft.stoppablecontainer.agent.request.RequestMounter;
import top.xtlsoft.stoppablecontainer.agent.request.RequestOpener;
import top.xtlsoft.stoppablecontainer.agent.request.RequestProcessor;
import top.xtlsoft.stoppablecontainer.agent.request.RequestWaits;
import top.xtlsoft.stoppablecontainer.agent.request.RequestWaker;
import top.xtlsoft.stoppablecontainer.agent.request.RequestsHealthCheck;
import top.xtlsoft.stoppablecontainer.agent.request.TakenRequests;
import top.xtlsoft.stoppablecontainer.agent.snapshot.SnapshotReleaser;
import top.xtlsoft.stoppablecontainer.agent.snapshot.SnapshotReporter;
import top.xtlsoft.stoppablecontainer.agent.snapshot.SnapshotSizer;
import top.xtlsoft.stoppablecontainer.agent.snapshot.SnapshotTaker;
import top.xtlsoft.stoppablecontainer.agent.watch.FolderWatcher;
import top.xtlsoft.stoppablecontainer.agent.watch.InboxScheduler;
import top.xtlsoft.stoppablecontainer.camel.informer.InformerGroup;
import top.xtlsoft.stoppablecontainer.camel.informer.InformersHealthCheck;
import top.xtlsoft.stoppablecontainer.camel.workqueue.WorkQueuesHealthCheck;

/** All beans that the agent's routes call, wired. A field's name is the bean's name. */
public final class AgentBeans implements CamelConfiguration {

  /** As many as workers of requests, each of which may wait for one. */
  private static final int IMAGE_COMMAND_THREADS = 4;

  // requests and their answers
  @BindToRegistry final JobAnswerer jobAnswerer;
  @BindToRegistry final AgentPods agentPods;
  @BindToRegistry final RequestFolders requestFolders;
  @BindToRegistry final InboxScheduler inboxScheduler;
  @BindToRegistry final TakenRequests takenRequests;
  @BindToRegistry final RequestProcessor requestProcessor;
  @BindToRegistry final RequestMounter requestMounter;
  @BindToRegistry final RequestAttacher requestAttacher;
  @BindToRegistry final EarlyProcesses earlyProcesses;
  @BindToRegistry final EarlyFiles earlyFiles;
  @BindToRegistry final RequestAnswerer requestAnswerer;
  @BindToRegistry final RequestWaits requestWaits;
  @BindToRegistry final HeldRequests heldRequests = new HeldRequests();
  @BindToRegistry final RequestWaker requestWaker;
  @BindToRegistry final HeldWakes heldWakes = new HeldWakes();
  @BindToRegistry final PodConditionReporter podConditionReporter;

  // instances
  @BindToRegistry final InstanceJobs instanceJobs;
  @BindToRegistry final InstanceSizer instanceSizer;
  @BindToRegistry final InstanceSyncer instanceSyncer;
  @BindToRegistry final ActivityWatch activityWatch;
  @BindToRegistry final InstanceReporter instanceReporter;
  @BindToRegistry final OccupantsChecker occupantsChecker;
  @BindToRegistry final InstanceRestorer instanceRestorer;
  @BindToRegistry final InstanceGrower instanceGrower;
  @BindToRegistry final InstanceFlattener instanceFlattener;
  @BindToRegistry final InstanceReleaser instanceReleaser;
  @BindToRegistry final OrphanKeeper orphanKeeper;
  final LostSnapshots lostSnapshots;
  @BindToRegistry final LayerCollector layerCollector;

  // snapshots
  @BindToRegistry final SnapshotTaker snapshotTaker;
  @BindToRegistry final SnapshotSizer snapshotSizer;
  @BindToRegistry final SnapshotReporter snapshotReporter;
  @BindToRegistry final SnapshotReleaser snapshotReleaser;

  // the components and health
  @BindToRegistry final InformerGroup informerGroup;
  @BindToRegistry final InformersHealthCheck informersHealthCheck;
  @BindToRegistry final RequestsHealthCheck requestsHealthCheck;
  @BindToRegistry final NodeHealthCheck nodeHealthCheck;
  @BindToRegistry final RuntimeHealthCheck runtimeHealthCheck;

  // also read by the metrics of the node
  final FileSystemStore store;

  AgentBeans(
      AgentSettings settings,
      OrphanSettings orphanSettings,
      KubernetesClient client,
      ImageGateway images,
      FolderWatcher watcher,
      LinuxSyscalls linux,
      InformerGroup informers,
      AgentInstances instances,
      AgentPods pods) {
    Clock clock = Clock.systemUTC();
    Node node = Node.open(linux);
    ScheduledExecutorService inboxThread =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("request-inbox").daemon().factory());
    ExecutorService imageCommandThreads =
        Executors.newFixedThreadPool(
            IMAGE_COMMAND_THREADS,
            Thread.ofPlatform().name("image-command-", 0).daemon().factory());

    store = new HostFolderStore(linux, node, settings.storage());
    FileSystemRemover remover = new FileSystemRemover(linux, node, store);
    OrphanFolders orphans = new OrphanFolders(linux, store, remover, clock);
    layerCollector = new LayerCollector(store, remover);
    Occupants occupants = new Occupants(linux);
    FileSystemMounter mounter = new FileSystemMounter(linux, node, store, remover, occupants);
    ContainerAttacher attacher = new ContainerAttacher(linux, node, occupants);
    new AttachRehearsal(linux, node, attacher).run();

    jobAnswerer = new JobAnswerer();
    agentPods = pods;
    PodFolders podFolders = new PodFolders(linux, settings);
    takenRequests = new TakenRequests();
    inboxScheduler = new InboxScheduler(inboxThread);
    requestFolders =
        new RequestFolders(
            linux,
            pods,
            podFolders,
            watcher,
            inboxThread,
            takenRequests,
            settings.inbox(),
            inboxScheduler,
            clock);
    RequestOpener opener =
        new RequestOpener(linux, pods, podFolders, Rate.ofRequests(clock), takenRequests);
    ReadyFileWriter answers = new ReadyFileWriter(linux, podFolders);
    AgentFailures failures = new AgentFailures();
    ImageContents contents = new ImageContents(images);
    requestMounter =
        new RequestMounter(
            linux,
            node,
            pods,
            mounter,
            contents,
            new RootfsProcessFinder(linux, images::runningContainers),
            images::isContainer,
            new NodeMounts(Path.of("/proc/1/mountinfo")));
    AgentEvents events = new AgentEvents(client, settings.nodeName(), clock);
    earlyProcesses = new EarlyProcesses(linux);
    earlyFiles = new EarlyFiles(linux, node, store, mounter, instances, events);
    requestAttacher =
        new RequestAttacher(
            linux,
            node,
            pods,
            store,
            mounter,
            attacher,
            new ImageCommands(images, imageCommandThreads),
            contents,
            new MadeFiles(linux, node, store),
            requestMounter,
            earlyProcesses,
            earlyFiles,
            heldRequests);
    requestWaker = new RequestWaker(node.bootId(), pods, instances, heldWakes);
    requestAnswerer = new RequestAnswerer(answers, pods, failures);
    requestProcessor = new RequestProcessor(opener, requestAnswerer);
    requestWaits = new RequestWaits();
    podConditionReporter =
        new PodConditionReporter(
            client, node.bootId(), pods, opener, answers, requestWaits, heldRequests, clock);

    occupantsChecker = new OccupantsChecker(instances, pods, mounter, occupants);
    instanceRestorer = new InstanceRestorer(instances, store, mounter, occupantsChecker);
    instanceGrower = new InstanceGrower(instances, store, mounter);
    instanceJobs = new InstanceJobs(failures);
    instanceSizer = new InstanceSizer(linux, instances, store);
    instanceSyncer =
        new InstanceSyncer(instances, store, instanceSizer, occupantsChecker, failures);
    activityWatch =
        new ActivityWatch(new ContainerLook(linux, podFolders), instances, pods, events, clock);
    instanceReporter =
        new InstanceReporter(
            client,
            store,
            node,
            instances,
            pods,
            mounter,
            failures,
            instanceSyncer,
            instanceSizer,
            activityWatch::of,
            requestWaker::of,
            System::nanoTime);
    instanceReleaser =
        new InstanceReleaser(
            client,
            instances,
            pods,
            store,
            remover,
            orphans,
            layerCollector,
            instanceSyncer,
            occupantsChecker,
            failures);
    AgentSnapshots snapshots = new AgentSnapshots(informers);
    instanceFlattener =
        new InstanceFlattener(
            linux,
            instances,
            snapshots,
            store,
            new StackFlattener(linux, store, remover, mounter, layerCollector),
            occupantsChecker);
    SnapshotFolders snapshotFolders =
        new SnapshotFolders(linux, node, store, remover, mounter, layerCollector);
    lostSnapshots = new LostSnapshots(snapshots, store, snapshotFolders);
    orphanKeeper =
        new OrphanKeeper(
            settings,
            orphanSettings,
            instances,
            store,
            orphans,
            lostSnapshots,
            events,
            client,
            clock);

    AgentFailures snapshotFailures = new AgentFailures();
    snapshotTaker =
        new SnapshotTaker(
            snapshots, instances, store, snapshotFolders, occupantsChecker, snapshotFailures);
    snapshotSizer = new SnapshotSizer(linux, snapshots, store, snapshotFolders);
    snapshotReporter =
        new SnapshotReporter(
            client, snapshots, store, snapshotFolders, snapshotSizer, snapshotFailures);
    snapshotReleaser =
        new SnapshotReleaser(client, snapshots, store, snapshotFolders, snapshotFailures);

    informerGroup = informers;
    informersHealthCheck = new InformersHealthCheck(informers);
    requestsHealthCheck = new RequestsHealthCheck(watcher, requestFolders);
    nodeHealthCheck = new NodeHealthCheck(linux, node);
    runtimeHealthCheck = new RuntimeHealthCheck(Agent.NODE_ROOT + settings.criSocketPath());
  }

  /** Binds what needs the Camel context itself, or is called otherwise than its class. */
  @Override
  public void configure(CamelContext camel) {
    camel.getRegistry().bind("requestFormat", RequestFile.FORMAT);
    camel.getRegistry().bind("workQueuesHealthCheck", new WorkQueuesHealthCheck(() -> camel));
  }
}
