package top.xtlsoft.stoppablecontainer.e2e.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.PolicyRuleBuilder;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.e2e.support.Browser;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.DocPage;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.PageSwitch;
import top.xtlsoft.stoppablecontainer.e2e.support.PageUser;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Types;
import top.xtlsoft.stoppablecontainer.e2e.support.Typist;

/**
 * The web page in a real browser, through the {@code kubectl proxy} of users with rights in their
 * namespace alone. Alone: it is switched on, which starts the operator anew.
 */
@ClusterTest
@Isolated
@Tag("disruptive")
class PageE2E {

  private static final String PAGE = "docs/page.md";
  private static final String SYSTEM = ApiNames.OPERATOR_NAMESPACE;

  /** As docs/page.md has it. */
  private static final String PATH =
      "/api/v1/namespaces/stoppablecontainer-system/services/stoppablecontainer-page/proxy/";

  private static final String BADGE = "#details .badge";
  private static final String RUN = "#details .run";
  private static final String RESTORE = ".snapshots .restore";

  private static final List<PolicyRule> READ =
      List.of(
          rule(
              ApiNames.GROUP,
              List.of("list", "watch"),
              "stoppablecontainers",
              "stoppablecontainerinstances",
              "stoppablecontainersnapshots",
              "stoppablecontainerrestores"),
          rule("", List.of("list", "watch"), "pods"),
          rule("events.k8s.io", List.of("list", "watch"), "events"));

  private static final List<PolicyRule> ALL =
      List.of(
          READ.get(0),
          READ.get(1),
          READ.get(2),
          rule(ApiNames.GROUP, List.of("patch"), "stoppablecontainers"),
          rule(
              ApiNames.GROUP,
              List.of("create"),
              "stoppablecontainersnapshots",
              "stoppablecontainerrestores"));

  /** Timeline entries of a start whose change from waiting to done the test checks. */
  private static final List<String> STARTED = List.of("created", "attached", "ready");

  /** Notes each entry that the timeline gets, with its kind. */
  private static final String NOTE_ENTRIES =
      """
      window.noted = [];
      const note = () => document.querySelectorAll('.timeline li').forEach((entry) => {
        const words = entry.dataset.key + ':' + entry.dataset.kind;
        if (!window.noted.includes(words)) { window.noted.push(words); }
      });
      new MutationObserver(note).observe(document.querySelector('.timeline'),
        {childList: true, subtree: true, attributes: true});
      """;

  private static boolean wasOn;
  @TempDir private Path folder;

  private static PolicyRule rule(String group, List<String> verbs, String... resources) {
    return new PolicyRuleBuilder()
        .withApiGroups(group)
        .withVerbs(verbs)
        .withResources(resources)
        .build();
  }

  @BeforeAll
  static void look() {
    wasOn = PageSwitch.isOn();
  }

  @BeforeEach
  void switchOn() {
    PageSwitch.on();
  }

  @AfterAll
  static void leaveItAsItWas() {
    if (wasOn) {
      PageSwitch.on();
    } else {
      PageSwitch.off();
    }
  }

  @Test
  @Types(PAGE)
  void isSwitchedOnOpenedAndSwitchedOffAsItsPageSays(TestNamespace ns) throws Exception {
    String binding = "page-" + ns.name();
    try (Typist typist =
            new Typist(ns)
                .with("page-jane", binding)
                .with("kubectl proxy", "kubectl proxy --port=0");
        HttpClient http = HttpClient.newHttpClient()) {
      typist.type(PAGE, "Switch it on");
      typist.type(PAGE, "Let people open it");
      String said = typist.type(DocPage.of(PAGE).commands("Open it").getFirst());
      URI uri = URI.create("http://127.0.0.1:" + said.replaceFirst(".*:", "").strip() + PATH);
      // As a browser asks: without the upgrade to HTTP/2 that this client offers.
      HttpRequest request =
          HttpRequest.newBuilder(uri).version(HttpClient.Version.HTTP_1_1).build();
      String page = http.send(request, HttpResponse.BodyHandlers.ofString()).body();
      assertTrue(page.contains("<title>StoppableContainers</title>"), page);
      typist.type(PAGE, "Switch it off");
      ns.kubectl("get", "--raw", PATH).exits(1);
    } finally {
      ns.client().rbac().roleBindings().inNamespace(SYSTEM).withName(binding).delete();
      PageSwitch.awaitOperator();
    }
  }

  @Test
  void aUserSeesStopsAndStartsTheirOwn(TestNamespace ns) {
    TestNamespace others = TestNamespace.create(ns.name() + "-others", false);
    others.create(Fixture.of("container.yaml").with("name: box", "name: secret-of-others"));
    ns.create(Fixture.of("container.yaml").with("name: box", "name: workbench"));
    ns.awaitRunning("workbench");
    try (PageUser user = PageUser.create(ns, folder, "user", ALL);
        Browser browser = new Browser(folder.resolve("profile"))) {
      browser.open(user.url());
      browser.await("#notice", text -> text.contains("may not list StoppableContainers in all"));
      assertEquals("namespace", browser.run("return document.activeElement.id"));
      assertEquals(List.of(), browser.hindrances());
      browser.find("#namespace").sendKeys(ns.name(), Keys.ENTER);
      browser.await("#count", "1 StoppableContainer: 1 Running"::equals);
      browser.await("#connection", "Live"::equals);

      step("open it by the keyboard");
      browser.find("tbody .name").sendKeys(Keys.ENTER);
      browser.await(BADGE, "Running"::equals);
      assertEquals("details-name", browser.run("return document.activeElement.id"));
      browser.await(done("ready"), "Ready"::equals);
      assertEquals(List.of(), browser.hindrances());
      browser.screenshot("running");

      step("stop it");
      browser.find(RUN).click();
      browser.await(BADGE, "Stopped"::equals);
      browser.await(".timeline", text -> text.contains("All writes are on disk"));
      ns.awaitStopped("workbench");
      assertEquals("Start", browser.text(RUN));
      step("see how much it has written");
      browser.await("dl.facts", text -> text.contains("at its last stop"));
      browser.screenshot("stopped");

      step("start it, and see its timeline grow");
      browser.run(NOTE_ENTRIES);
      browser.find("tbody .run").sendKeys(Keys.SPACE);
      browser.await(BADGE, "Running"::equals);
      ns.awaitRunning("workbench");
      // An entry that is still waiting shows the same title. The page gets each from its own watch.
      for (String entry : STARTED) {
        browser.await(done(entry), title -> !title.isEmpty());
      }
      List<?> noted = (List<?>) browser.run("return window.noted");
      for (String entry : STARTED) {
        assertTrue(
            noted.indexOf(entry + ":waiting") < noted.indexOf(entry + ":step"),
            entry + ": " + noted);
      }
      // The first entries may be done before the browser draws for the first time; the last waits
      // for the container.
      assertTrue(noted.contains(STARTED.getLast() + ":waiting"), noted.toString());

      assertFalse(browser.text("body").contains("secret-of-others"));
      assertEquals(1L, browser.run(lists(ns)), "listed once, then watched");
      browser.colors("dark");
      assertEquals(List.of(), browser.hindrances());
      browser.find("#details .close").sendKeys(Keys.ESCAPE);
      assertEquals("workbench", browser.run("return document.activeElement.textContent"));
    } finally {
      others.delete();
    }
  }

  @Test
  void aUserTakesASnapshotOfARunningOneAndRestoresIt(TestNamespace ns) {
    ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning("box");
    ns.sh("box", "echo before > /note");
    try (PageUser user = PageUser.create(ns, folder, "user", ALL);
        Browser browser = new Browser(folder.resolve("profile"))) {
      browser.open(user.url() + "#namespace=" + ns.name() + "&open=" + ns.name() + "/box");
      browser.await(BADGE, "Running"::equals);

      step("say no, then yes");
      browser.find(".take").click();
      browser.await("dialog p", text -> text.startsWith("box runs."));
      assertEquals(List.of(), browser.hindrances());
      browser.find("dialog .no").sendKeys(Keys.ENTER);
      browser.find(".take").click();
      browser.find("dialog .yes").click();
      browser.await("[data-phase='Ready'] > strong", text -> text.startsWith("box-20"));
      assertEquals(1, browser.findAll(".snapshots li").size());

      step("it has to be stopped to be restored");
      ns.awaitRunning("box");
      browser.await(BADGE, "Running"::equals);
      ns.sh("box", "echo after > /note");
      assertEquals("true", browser.find(RESTORE).getDomAttribute("aria-disabled"));
      browser.find(RUN).click();
      browser.await(BADGE, "Stopped"::equals);
      browser.await(RESTORE + ":not([aria-disabled])", "Restore"::equals);
      browser.find(RESTORE).click();
      browser.await("dialog p", text -> text.startsWith("box gets the files of box-20"));
      browser.screenshot("restore");
      browser.find("dialog .yes").click();
      browser.await("#details", text -> text.contains("Has had the files of box-20"));
      assertEquals(List.of(), browser.hindrances());
      browser.screenshot("snapshots");
      ns.startAndWait("box");
      assertEquals("before", ns.sh("box", "cat /note"));
    }
  }

  /** CSS of a timeline entry's title once its step is done. */
  private static String done(String entry) {
    return ".timeline li[data-key='%s'][data-kind='step'] strong".formatted(entry);
  }

  /** Requests for the list of StoppableContainers of the namespace so far. */
  private static String lists(TestNamespace ns) {
    return "return performance.getEntriesByType('resource').filter((entry) => entry.name.includes("
        + "'/namespaces/%s/stoppablecontainers?')).length".formatted(ns.name());
  }

  @Test
  void explainsWhyAContainerDoesNotStart(TestNamespace ns) {
    ns.create(Fixture.of("container.yaml"));
    ns.create(
        Fixture.of("container.yaml")
            .with("name: box", "name: typo")
            .with(TestNamespace.BUSYBOX, "registry.invalid/busybox:1"));
    try (PageUser user = PageUser.create(ns, folder, "user", ALL);
        Browser browser = new Browser(folder.resolve("profile"))) {
      browser.open(user.url() + "#namespace=" + ns.name() + "&open=" + ns.name() + "/typo");
      browser.await("tr[data-key$='/typo'] .phase", text -> text.contains("ImagePullFailed"));
      browser.await(
          "#details .why",
          text -> text.contains("ImagePullFailed") && text.contains("registry.invalid/busybox:1"));
      browser.await(".timeline", text -> text.contains("Failed"));
      browser.await("tr[data-key$='/box'] .badge", "Running"::equals);
      assertEquals(List.of(), browser.hindrances());
      browser.screenshot("wrong");

      step("find it by a filter");
      browser.find("#filter").sendKeys("pullfailed");
      browser.await("#count", text -> text.startsWith("1 of 2 "));
      assertEquals(1, browser.findAll("tbody tr").size());
    }
  }

  @Test
  void aReaderMayPressNothing(TestNamespace ns) {
    ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning("box");
    long generation = ns.sc("box").get().getMetadata().getGeneration();
    try (PageUser user = PageUser.create(ns, folder, "reader", READ);
        Browser browser = new Browser(folder.resolve("profile"))) {
      browser.open(user.url() + "#namespace=" + ns.name() + "&open=" + ns.name() + "/box");
      browser.await("#details .hint", text -> text.contains("You may not change"));
      for (WebElement button : browser.findAll(".run")) {
        assertEquals("true", button.getDomAttribute("aria-disabled"));
        assertTrue(button.getDomAttribute("aria-label").contains("You may not change"));
        button.click();
        button.sendKeys(Keys.ENTER);
      }
      assertEquals(List.of(), browser.hindrances());
      browser.screenshot("reader");

      step("press as a user who changed the page would");
      // At once, as the page would set it again.
      browser.run(
          "const run = document.querySelector(arguments[0]);"
              + " run.removeAttribute('aria-disabled'); run.click();",
          RUN);
      browser.await("#notice", text -> text.contains("box could not be stopped"));
      browser.await("#notice", text -> text.contains("cannot patch resource"));
      assertEquals(generation, ns.sc("box").get().getMetadata().getGeneration());

      step("look at a namespace of others");
      browser.find("#namespace").clear();
      browser.find("#namespace").sendKeys("kube-system", Keys.ENTER);
      browser.await("#notice", text -> text.contains("in namespace kube-system"));
      assertEquals(0, browser.findAll("tbody tr").size());
    }
  }

  @Test
  void textFromTheClusterStaysText(TestNamespace ns) {
    String markup = "<img/src=x/onerror=document.title='hit'>";
    ns.create(Fixture.of("container.yaml").with(TestNamespace.BUSYBOX, "\"" + markup + "\""));
    event(ns, "<script>document.title='hit'</script>" + markup);
    try (PageUser user = PageUser.create(ns, folder, "user", ALL);
        Browser browser = new Browser(folder.resolve("profile"))) {
      browser.open(user.url() + "#namespace=" + ns.name() + "&open=" + ns.name() + "/box");
      browser.await(".timeline", text -> text.contains("<script>document.title='hit'</script>"));
      browser.await(".facts", text -> text.contains(markup));
      assertEquals("StoppableContainers", browser.run("return document.title"));
      assertEquals(1L, browser.run("return document.images.length"), "the icon");
      assertEquals(1L, browser.run("return document.scripts.length"), "main.js");
      // If a script of the page ever tried, the browser would not let it.
      assertEquals(
          "TypeError",
          browser.run(
              "try { document.body.insertAdjacentHTML('beforeend', arguments[0]); return 'made'; }"
                  + " catch (e) { return e.name; }",
              markup));
    }
  }

  private static void event(TestNamespace ns, String message) {
    ns.client()
        .v1()
        .events()
        .resource(
            new EventBuilder()
                .withNewMetadata()
                .withName("hostile")
                .withNamespace(ns.name())
                .endMetadata()
                .withNewInvolvedObject()
                .withApiVersion(ApiNames.GROUP + "/" + ApiNames.VERSION)
                .withKind("StoppableContainer")
                .withName("box")
                .withNamespace(ns.name())
                .endInvolvedObject()
                .withType("Warning")
                .withReason("Hostile")
                .withMessage(message)
                .withLastTimestamp(Instant.now().plusSeconds(1).toString())
                .build())
        .create();
  }

  @Test
  void findsItsWayBackWhenTheConnectionIsCut(TestNamespace ns) {
    ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning("box");
    try (PageUser user = PageUser.create(ns, folder, "user", ALL);
        Browser browser = new Browser(folder.resolve("profile"))) {
      browser.open(user.url() + "#namespace=" + ns.name());
      browser.await("tbody .badge", "Running"::equals);
      step("cut the connection");
      user.endProxy();
      browser.await("#connection", text -> text.startsWith("Connection lost"));
      ns.stopAndWait("box");
      user.startProxy();
      browser.await("tbody .badge", "Stopped"::equals);
      browser.await("#connection", "Live"::equals);

      step("go on from where the API server has forgotten (410)");
      assertEquals("listed 2 times", browser.runToTheEnd(FORGOTTEN, ns.name()));
    }
  }

  /** Has a watch of the page begin at the first version there ever was. */
  private static final String FORGOTTEN =
      """
      const [namespace, done] = arguments;
      Promise.all([import('./api.js'), import('./watch.js')]).then(([{ Api, apiRoot, ours }, { Watch }]) => {
        const api = new Api(apiRoot(location));
        const list = api.list.bind(api);
        let lists = 0;
        api.list = async (...words) => ({ ...(await list(...words)), ...(lists++ === 0 ? { version: '1' } : {}) });
        const watch = new Watch(api, ours('stoppablecontainers', namespace), {}, {
          replaced: () => { if (lists === 2) { watch.stop(); done(`listed ${lists} times`); } },
          changed: () => {},
          connected: () => {},
          lost: (error) => done(`lost: ${error}`),
          refused: (error) => done(`refused: ${error}`),
        });
        watch.start();
      });
      """;
}
