package top.xtlsoft.stoppablecontainer.e2e.support;

import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import java.util.ArrayList;
import java.util.List;
import top.xtlsoft.stoppablecontainer.api.ApiNames;

/** Switches the web page on and off with the commands of docs/page.md. */
public final class PageSwitch {

  private static final String DEPLOYMENT = "deployment/" + ApiNames.OPERATOR_NAME;
  private static final List<String> FILES =
      List.of(
          "-f",
          "kustomize/page/network.yaml",
          "-f",
          "kustomize/page/rbac.yaml",
          "-f",
          "kustomize/page/service.yaml");

  private PageSwitch() {}

  /** Whether it is on. */
  public static boolean isOn() {
    return ClusterEnv.get()
            .client()
            .services()
            .inNamespace(ApiNames.OPERATOR_NAMESPACE)
            .withName("stoppablecontainer-page")
            .get()
        != null;
  }

  /** Switches it on, if it is off, and waits until it is served. */
  public static void on() {
    if (!isOn()) {
      step("switch the page on");
      kubectl(List.of("apply"), FILES);
      kubectl(
          List.of("patch", DEPLOYMENT), List.of("--patch-file", "kustomize/page/deployment.yaml"));
      awaitOperator();
    }
  }

  /** Switches it off, if it is on. */
  public static void off() {
    if (isOn()) {
      step("switch the page off");
      kubectl(List.of("set", "env", DEPLOYMENT), List.of("SC_PAGE_PORT-"));
      kubectl(List.of("delete"), FILES);
      awaitOperator();
    }
  }

  /** Waits until the operator's rollout is complete, and the operator of before is gone. */
  public static void awaitOperator() {
    String patience = "--timeout=" + Timeouts.POD.toSeconds() + "s";
    kubectl(List.of("rollout", "status", DEPLOYMENT), List.of(patience));
    SystemPods.awaitOperator(ClusterEnv.get().client());
  }

  private static void kubectl(List<String> words, List<String> more) {
    List<String> all = new ArrayList<>(List.of("--namespace", ApiNames.OPERATOR_NAMESPACE));
    all.addAll(words);
    all.addAll(more);
    ClusterEnv.get().kubectl("", all.toArray(String[]::new)).ok();
  }
}
