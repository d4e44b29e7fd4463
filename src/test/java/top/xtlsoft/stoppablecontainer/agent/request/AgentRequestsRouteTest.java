package top.xtlsoft.stoppablecontainer.agent.request;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.http.RecordedRequest;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.Body;
import org.apache.camel.Header;
import org.apache.camel.Processor;
import org.apache.camel.main.Main;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.AgentFailures;
import top.xtlsoft.stoppablecontainer.agent.AgentSettings;
import top.xtlsoft.stoppablecontainer.agent.FakeCaches;
import top.xtlsoft.stoppablecontainer.agent.Job;
import top.xtlsoft.stoppablecontainer.agent.JobAnswerer;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.Rate;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.RequestType;
import top.xtlsoft.stoppablecontainer.agent.cri.ImageCommand;
import top.xtlsoft.stoppablecontainer.agent.instance.InstanceJobs;
import top.xtlsoft.stoppablecontainer.agent.instance.InstanceSizer;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentInstances;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentPods;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.metrics.RequestMetrics;
import top.xtlsoft.stoppablecontainer.agent.process.LeftRoot;
import top.xtlsoft.stoppablecontainer.agent.process.OldRoot;
import top.xtlsoft.stoppablecontainer.agent.process.Requester;
import top.xtlsoft.stoppablecontainer.agent.watch.InboxScheduler;
import top.xtlsoft.stoppablecontainer.api.AgentReason;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.InstancePhase;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceSpec;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceStatus;
import top.xtlsoft.stoppablecontainer.api.UserAnnotation;
import top.xtlsoft.stoppablecontainer.camel.LogKeys;
import top.xtlsoft.stoppablecontainer.camel.ScHeaders;
import top.xtlsoft.stoppablecontainer.runtime.routes.RouteHook;
import top.xtlsoft.stoppablecontainer.runtime.trace.StepText;
import top.xtlsoft.stoppablecontainer.runtime.trace.StepTracer;
import top.xtlsoft.stoppablecontainer.runtime.trace.TracedKeys;
import top.xtlsoft.stoppablecontainer.runtime.trace.Tracing;

/** The shipped routes from the request to the answer; who asks and what is mounted is played. */
@EnableKubernetesMockClient
class AgentRequestsRouteTest {

  private static final Path ROUTES = Path.of("agent-routes");
  private static final AnsweredContainer CONTAINER = new AnsweredContainer("boot", null, null);
  private static final String REQUESTS = "sc-workqueue:agent-requests";

  private final LinuxSyscalls linux = new JnrSyscalls();
  private final MeterRegistry meters = new SimpleMeterRegistry();
  private final FakeCaches caches = new FakeCaches();
  private final FakeNode node = new FakeNode();
  private final AgentFailures failures = new AgentFailures();
  private final TracedKeys traced = new TracedKeys();
  private final ListAppender<ILoggingEvent> log =
      new ListAppender<>() {
        @Override
        protected void append(ILoggingEvent event) {
          // Its keys are those of the thread that first asks for them.
          event.prepareForDeferredProcessing();
          super.append(event);
        }
      };
  private final Logger routesLog =
      (Logger) LoggerFactory.getLogger("top.xtlsoft.stoppablecontainer.routes");
  private final Logger traceLog =
      (Logger) LoggerFactory.getLogger("top.xtlsoft.stoppablecontainer.trace");

  private KubernetesClient client;
  private KubernetesMockServer server;
  private PodFolders folders;
  private RequestOpener requests;
  private ReadyFileWriter answers;
  private Main main;
  private Pod provider = pod("box-provider", ApiNames.ROLE_PROVIDER);
  private final List<Requester> requesters = new CopyOnWriteArrayList<>();
  private RequestType providerAsks = RequestType.MOUNT;
  private RequestAnswerer answerer;
  private Pod consumer = pod("box", ApiNames.ROLE_CONSUMER);
  @TempDir private Path kubelet;

  /** Beans of the routes' that would need a cluster's node. */
  public final class FakeNode {
    private final List<String> calls = new CopyOnWriteArrayList<>();
    private final List<RuntimeException> failures = new CopyOnWriteArrayList<>();
    private final Queue<LeftRoot> leftRoots = new ConcurrentLinkedQueue<>();
    private volatile boolean mounted;
    private volatile boolean deleted;

    public Answer mount(@Body PodRequest request) {
      calls.add("mount " + request.podKey());
      failNext();
      mounted = true;
      return new Answer(request, "ns/box", ReadyFile.mounted(request.id(), CONTAINER));
    }

    public boolean learnsFrom() {
      return false;
    }

    public void remember(@Body Answer answer) {
      calls.add("remember " + answer.podKey());
    }

    public Answer attach(@Body PodRequest request) {
      calls.add("attach " + request.podKey());
      failNext();
      if (!mounted) {
        throw NotYetException.untilEvent("the file system is not mounted yet");
      }
      try (Fd root = linux.openat(Fd.CWD, "/", Linux.O_PATH, 0)) {
        return new Answer(
            request,
            "ns/box",
            ReadyFile.attached(request.id(), CONTAINER, linux.stat(root), ImageCommand.NONE));
      }
    }

    /** Of instances. */
    public void report(@Header(ScHeaders.KEY) String key) {
      calls.add("report " + key);
    }

    public void sync(@Header(ScHeaders.KEY) String key) {
      calls.add("sync " + key);
      failNext();
    }

    public void requireSynced(@Header(ScHeaders.KEY) String key) {}

    public InstanceSizer.Check measure(@Header(ScHeaders.KEY) String key) {
      return new InstanceSizer.Check(null, false);
    }

    public void check(@Header(ScHeaders.KEY) String key) {}

    /** Of containers. */
    public List<String> look() {
      return List.of();
    }

    public boolean isWanted(@Header(ScHeaders.KEY) String key) {
      return deleted;
    }

    public void release(@Header(ScHeaders.KEY) String key) {
      calls.add("release " + key);
      failNext();
    }

    public void setAside() {}

    public void collectAll() {}

    public List<String> keysOf() {
      return List.of();
    }

    public void take() {}

    public void requireTaken() {}

    public void restore() {}

    public void grow() {}

    public List<String> flatten() {
      return List.of();
    }

    public void purge() {}

    public boolean concerns() {
      return true;
    }

    public void report() {}

    /** Of processes that the attach left behind. */
    public @Nullable LeftRoot end(@Header(ScHeaders.KEY) String key) {
      calls.add("end early " + key);
      return leftRoots.poll();
    }

    /** What those processes wrote. */
    public void keep(LeftRoot left) {
      calls.add("keep files " + left.podKey());
    }

    public void forget(LeftRoot left) {
      calls.add("forget " + left.podKey());
    }

    public void follow(@Header(ScHeaders.KEY) String key) {}

    private void failNext() {
      if (!failures.isEmpty()) {
        throw failures.removeFirst();
      }
    }
  }

  @BeforeEach
  void start() throws IOException {
    for (Pod pod : List.of(provider, consumer)) {
      server
          .expect()
          .patch()
          .withPath("/api/v1/namespaces/ns/pods/" + pod.getMetadata().getName() + "/status")
          .andReturn(200, pod)
          .always();
      caches.put(pod);
    }
    AgentSettings settings =
        AgentSettings.from(Map.of("NODE_NAME", "node1", "SC_KUBELET_ROOT", kubelet.toString()));
    folders = new PodFolders(linux, settings);
    for (Pod pod : List.of(provider, consumer)) {
      Path folder = Files.createDirectories(folders.requestFolder(pod));
      Files.createDirectories(folder.resolveSibling(ApiNames.VOLUME_READY));
    }
    AgentPods pods = caches.pods(client, settings);
    requests =
        new RequestOpener(
            linux, pods, folders, Rate.ofRequests(Clock.systemUTC()), new TakenRequests());
    answers = new ReadyFileWriter(linux, folders);
    RequestWaits waits = new RequestWaits();
    main = new Main();
    main.bind("informers", caches.informers());
    main.bind("agentPods", pods);
    main.bind("takenRequests", new TakenRequests());
    main.bind("requestFormat", RequestFile.FORMAT);
    main.bind("inboxScheduler", new InboxScheduler(Runnable::run));
    main.addInitialProperty("inbox", kubelet.resolve("inbox").toString());
    main.bind("requestProcessor", opened(pods));
    main.bind("requestWaits", waits);
    main.bind("heldRequests", new HeldRequests());
    HeldWakes wakes = new HeldWakes();
    main.bind("heldWakes", wakes);
    main.bind(
        "requestWaker",
        new RequestWaker("boot", pods, new AgentInstances(caches.informers(), client), wakes));
    answerer = new RequestAnswerer(answers, pods, failures);
    main.bind("requestAnswerer", answerer);
    main.bind("jobAnswerer", new JobAnswerer());
    main.bind("instanceJobs", new InstanceJobs(failures));
    main.bind(
        "podConditionReporter",
        new PodConditionReporter(
            client, "boot", pods, requests, answers, waits, new HeldRequests(), Clock.systemUTC()));
    main.bind("requestMetrics", new RouteHook(new RequestMetrics(meters).hooks()));
    for (String bean :
        List.of(
            "requestMounter",
            "requestAttacher",
            "activityWatch",
            "instanceReporter",
            "instanceSizer",
            "instanceSyncer",
            "occupantsChecker",
            "instanceReleaser",
            "instanceRestorer",
            "instanceGrower",
            "instanceFlattener",
            "orphanKeeper",
            "layerCollector",
            "snapshotTaker",
            "snapshotSizer",
            "snapshotReporter",
            "snapshotReleaser",
            "requestFolders",
            "earlyProcesses",
            "earlyFiles")) {
      main.bind(bean, node);
    }
    main.configure().withTracingStandby(true).withRoutesIncludePattern(routes());
    main.addMainListener(
        new Tracing(
            new StepTracer(
                traced,
                key -> pods.find(key).flatMap(pods::instanceKey),
                new StepText(Set.of(PodRequest.class, Answer.class, RefusedException.class)))));
    log.start();
    routesLog.addAppender(log);
    main.start();
  }

  @AfterEach
  void stop() {
    main.stop();
    requesters.forEach(Requester::close);
    routesLog.detachAppender(log);
  }

  private static String routes() throws IOException {
    try (Stream<Path> files = Files.list(ROUTES)) {
      return files.map(file -> "file:" + file).collect(Collectors.joining(","));
    }
  }

  private static Pod pod(String name, String role) {
    return new PodBuilder()
        .withNewMetadata()
        .withName(name)
        .withNamespace("ns")
        .withUid("uid-of-" + name)
        .withLabels(Map.of(ApiNames.LABEL_ROLE, role))
        .withOwnerReferences(
            new OwnerReferenceBuilder()
                .withApiVersion(ApiNames.GROUP + "/v1alpha1")
                .withKind("StoppableContainerInstance")
                .withName("box")
                .withUid("uid-of-instance")
                .withController(true)
                .build())
        .endMetadata()
        .build();
  }

  /** Takes the writer of the file for a process of the pod. */
  private Processor opened(AgentPods pods) {
    return exchange -> {
      Pod pod = pods.find(exchange.getMessage().getHeader(ScHeaders.KEY, String.class)).get();
      RequestType type = pod.equals(provider) ? providerAsks : RequestType.ATTACH;
      @Nullable PodRequest request =
          requests
              .currentId(pod)
              .filter(id -> answers.read(pod).filter(a -> a.request().equals(id)).isEmpty())
              .map(id -> new PodRequest(pod, type, id, self(), 80, false))
              .orElse(null);
      exchange.setProperty(RequestProcessor.REQUEST, request);
      exchange.setProperty(
          Job.PROPERTY, request == null ? null : new RequestJob(request, answerer));
      exchange.getMessage().setBody(request);
    };
  }

  private Requester self() {
    Requester self = Requester.hold(linux, (int) ProcessHandle.current().pid()).orElseThrow();
    requesters.add(self);
    return self;
  }

  /** A container of the pod asks. */
  private void ask(Pod pod) throws Exception {
    Path file = folders.requestFolder(pod).resolve("request.json");
    Files.deleteIfExists(file);
    Files.writeString(file, "{}");
    main.getCamelTemplate()
        .sendBodyAndHeader(REQUESTS, null, ScHeaders.KEY, "ns/" + pod.getMetadata().getName());
  }

  private ReadyFile answerTo(Pod pod) {
    String id = requests.currentId(pod).orElseThrow();
    await().until(() -> answers.read(pod).filter(a -> a.request().equals(id)).isPresent());
    return answers.read(pod).orElseThrow();
  }

  /** The next condition that is written: to which pod, its status and reason. */
  private String writtenCondition() throws Exception {
    // The first one comes late where a busy machine still loads the client's classes.
    RecordedRequest request = server.takeRequest(1, TimeUnit.MINUTES);
    assertNotNull(request, "no condition is written");
    PodCondition condition =
        new ObjectMapper()
            .treeToValue(
                new ObjectMapper()
                    .readTree(request.getBody().readUtf8())
                    .path("status")
                    .path("conditions")
                    .path(0),
                PodCondition.class);
    return request.getPath().replaceAll(".*/pods/(.*)/status", "$1")
        + " "
        + condition.getStatus()
        + " "
        + condition.getReason();
  }

  private long requests(String kind, String result) {
    Timer timer =
        meters
            .find("stoppablecontainer.agent.request.duration")
            .tags("kind", kind, "result", result)
            .timer();
    return timer == null ? 0 : timer.count();
  }

  private long calls(String call) {
    return node.calls.stream().filter(call::equals).count();
  }

  @Test
  void mountsAnswersAndReports() throws Exception {
    ask(provider);
    assertTrue(answerTo(provider).isReady());
    assertEquals("box-provider True null", writtenCondition());
    await().until(() -> calls("report ns/box") > 0 && calls("remember ns/box-provider") > 0);
  }

  @Test
  void tracesWhatThePodsOfATracedInstanceAskFor() throws Exception {
    traceLog.setLevel(Level.INFO);
    log.list.clear();
    traceLog.addAppender(log);
    try {
      ask(provider);
      answerTo(provider);
      assertEquals(List.of(), traceLines());

      traced.see(instance(Map.of(UserAnnotation.TRACE.key(), UserAnnotation.ON)));
      node.failures.add(new RefusedException(AgentReason.WRONG_NODE, "elsewhere"));
      ask(provider);
      await().until(() -> traceLines().stream().anyMatch(l -> l.contains("agent-request ends")));
      List<String> lines = traceLines();
      assertTrue(lines.stream().allMatch(line -> line.startsWith("ns/box ")), lines::toString);
      assertTrue(
          lines.stream()
              .anyMatch(
                  l ->
                      l.equals(
                          "ns/box agent-mount/mount-file-system failed: RefusedException:"
                              + " elsewhere")),
          lines::toString);
      assertTrue(
          lines.stream().anyMatch(l -> l.contains("-> sc-workqueue:agent-reports ns/box-provider")),
          lines::toString);

      traced.see(instance(Map.of()));
      ask(consumer);
      answerTo(consumer);
      assertFalse(traceLines().stream().anyMatch(l -> l.contains("agent-attach")));
    } finally {
      traceLog.detachAppender(log);
      traceLog.setLevel(null);
    }
  }

  private List<String> traceLines() {
    return List.copyOf(log.list).stream()
        .filter(event -> event.getLoggerName().equals(traceLog.getName()))
        .map(
            event ->
                event.getMDCPropertyMap().get(LogKeys.NAMESPACE)
                    + "/"
                    + event.getMDCPropertyMap().get(LogKeys.NAME)
                    + " "
                    + event.getFormattedMessage())
        .toList();
  }

  private static StoppableContainerInstance instance(Map<String, String> annotations) {
    StoppableContainerInstance instance = new StoppableContainerInstance();
    instance.setMetadata(
        new ObjectMetaBuilder()
            .withName("box")
            .withNamespace("ns")
            .withAnnotations(annotations)
            .build());
    return instance;
  }

  @Test
  void attachesAnEarlyRequestOnceTheFileSystemIsMounted() throws Exception {
    ask(consumer);
    await().until(() -> calls("attach ns/box") == 1);
    assertTrue(answers.read(consumer).isEmpty(), "the request stays open");
    ask(provider);
    assertTrue(answerTo(consumer).isReady());
    assertEquals(2, calls("attach ns/box"), "once too early, once by the event of the mount");
    await().until(() -> calls("end early ns/box") == 1);
    await().until(() -> requests("attach", "answered") == 1);
    assertEquals(1, requests("attach", "waiting"));
    assertEquals(1, requests("mount", "answered"));
  }

  @Test
  void keepsTheFilesOfProcessesThatItHasEndedAndThenForgetsThem() throws Exception {
    LinuxSyscalls linux = new JnrSyscalls();
    Fd root = linux.openat(Fd.CWD, "/", Linux.O_PATH, 0);
    node.leftRoots.add(
        new LeftRoot(
            "ns/box", OldRoot.hold(linux, root, List.of()), "uid", "id", 1, Optional.empty()));
    ask(consumer);
    ask(provider);
    await().until(() -> calls("forget ns/box") == 1);
    assertEquals(1, calls("keep files ns/box"));
    assertTrue(node.calls.indexOf("end early ns/box") < node.calls.indexOf("keep files ns/box"));
  }

  private StoppableContainerInstance instance(boolean running, @Nullable InstancePhase phase) {
    StoppableContainerInstance instance = instance(Map.of());
    instance.getMetadata().setUid("uid-of-instance");
    instance.getMetadata().setGeneration(running ? 2L : 1L);
    instance.setSpec(
        new StoppableContainerInstanceSpec(
            "node1", ApiNames.DEFAULT_HOST_PATH_PREFIX, "image:1", running));
    instance.setStatus(
        new StoppableContainerInstanceStatus(
            phase, null, "no such image", null, null, null, null, null, null));
    return instance;
  }

  /** The provider pod holds a connection to a container that is stopped. */
  private void holdConnection() throws Exception {
    providerAsks = RequestType.WAKE;
    provider =
        new PodBuilder(provider)
            .editMetadata()
            .addToAnnotations(ApiNames.ANNOTATION_WAKE, "--port=80")
            .endMetadata()
            .build();
    caches.put(provider);
    caches.put(instance(false, null));
    ask(provider);
  }

  private void changed(StoppableContainerInstance instance) throws Exception {
    caches.put(instance);
    main.getCamelTemplate().sendBody("direct:agent-wake-news", instance);
  }

  @Test
  void reportsAConnectionAndAnswersOnceTheContainerHasAnAddress() throws Exception {
    holdConnection();
    await().until(() -> calls("report ns/box") == 1 && requests("wake", "waiting") == 1);
    assertTrue(answers.read(provider).isEmpty(), "the request stays open");

    changed(instance(true, null));
    await().until(() -> requests("wake", "waiting") == 2);
    caches.put(new PodBuilder(consumer).withNewStatus().withPodIP("10.0.0.7").endStatus().build());
    changed(instance(true, null));
    assertEquals("10.0.0.7", answerTo(provider).address());
    await().until(() -> requests("wake", "answered") == 1);
    assertEquals(1, calls("report ns/box"), "the start is no news of the connection");
  }

  @Test
  void answersAConnectionWhoseContainerCannotStart() throws Exception {
    holdConnection();
    await().until(() -> requests("wake", "waiting") == 1);
    changed(instance(true, InstancePhase.FAILED));
    assertEquals("no such image", answerTo(provider).message());
  }

  @Test
  void restartedContainerIsNotReadyWhileItWaits() throws Exception {
    consumer =
        new PodBuilder(consumer)
            .withNewStatus()
            .addNewCondition()
            .withType(ApiNames.POD_CONDITION_ATTACHED)
            .withStatus("True")
            .endCondition()
            .endStatus()
            .build();
    caches.put(consumer);
    ask(consumer);
    assertEquals("box False Attaching", writtenCondition());
  }

  @Test
  void answersARefusalAndDoesNotRetry() throws Exception {
    node.failures.add(new RefusedException(AgentReason.IMAGE_LAYERS_CHANGED, "pull the old one"));
    ask(provider);
    ReadyFile answer = answerTo(provider);
    assertFalse(answer.isReady());
    assertEquals("ImageLayersChanged", answer.reason());
    assertEquals("pull the old one", answer.message());
    assertEquals("box-provider False ImageLayersChanged", writtenCondition());
    assertEquals("pull the old one", failures.of("ns/box").orElseThrow().message());
    assertEquals(1, calls("mount ns/box-provider"));
    await().until(() -> requests("mount", "refused") == 1);
    assertEquals(
        1,
        meters
            .get("stoppablecontainer.agent.refusals")
            .tags("reason", "ImageLayersChanged")
            .counter()
            .count());
  }

  @Test
  void retriesWhatFailedOnTheNodeAndLogsWhy() throws Exception {
    node.failures.add(new IllegalStateException("no space left"));
    node.failures.add(new IllegalStateException("no space left"));
    ask(provider);
    assertTrue(answerTo(provider).isReady());
    assertEquals(3, calls("mount ns/box-provider"));
    await().until(() -> requests("mount", "answered") == 1);
    assertEquals(2, requests("mount", "failed"));
    assertTrue(failures.of("ns/box").isEmpty(), "what succeeded is no failure any more");
    List<ILoggingEvent> lines =
        List.copyOf(log.list).stream().filter(line -> line.getLevel() == Level.WARN).toList();
    assertEquals(2, lines.size());
    ILoggingEvent line = lines.getFirst();
    assertTrue(line.getFormattedMessage().contains("no space left"), line.getFormattedMessage());
    assertEquals("ns", line.getMDCPropertyMap().get(LogKeys.NAMESPACE));
    assertEquals("box-provider", line.getMDCPropertyMap().get(LogKeys.NAME));
  }

  private void changes(String instance) throws Exception {
    main.getCamelTemplate()
        .sendBodyAndHeader("sc-workqueue:agent-instances", null, ScHeaders.KEY, instance);
  }

  @Test
  void refusedRemovalIsReportedByTheInstanceAndTriedAgain() throws Exception {
    node.deleted = true;
    node.failures.add(new RefusedException(AgentReason.UNKNOWN_FOLDER, "look at it by hand"));
    changes("ns/box");
    await().until(() -> calls("report ns/box") == 1);
    assertEquals(AgentReason.UNKNOWN_FOLDER, failures.of("ns/box").orElseThrow().reason());
    assertEquals("look at it by hand", failures.of("ns/box").orElseThrow().message());
    await().until(() -> calls("release ns/box") == 2);
    assertTrue(
        log.list.stream().noneMatch(line -> line.getLevel() == Level.WARN),
        "a refusal is no unexpected failure");
  }

  @Test
  void failedSyncIsReportedByTheInstanceUntilItSucceeds() throws Exception {
    node.failures.add(new IllegalStateException("the disk is broken"));
    node.failures.add(new IllegalStateException("the disk is broken"));
    changes("ns/box");
    await().until(() -> calls("report ns/box") >= 1);
    await().until(() -> calls("sync ns/box") == 3 && failures.of("ns/box").isEmpty());
    await().until(() -> calls("report ns/box") >= 2);
  }

  @Test
  void failureOfTheApiServerIsNoFailureOfTheNode() throws Exception {
    node.deleted = true;
    node.failures.add(new KubernetesClientException("no connection"));
    changes("ns/box");
    await().until(() -> calls("release ns/box") == 2);
    assertTrue(failures.of("ns/box").isEmpty());
  }
}
