package top.xtlsoft.stoppablecontainer.operator.validate;

import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Volume;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.Template;
import top.xtlsoft.stoppablecontainer.operator.model.NormalizedTemplate;

/**
 * Finds fields of a template that no cluster could run, or that the operator sets itself. Each
 * finding begins with the field's path. Every field may be missing: the CRD requires none of them.
 */
final class TemplateInspector {

  private static final String OURS = ApiNames.GROUP + "/";
  private static final String NAME_RULE =
      " is no DNS label: use at most 63 of a-z, 0-9 and '-', a letter or digit first and last.";

  private final Template template;
  private final List<String> ephemeralPaths;
  private final PodSpec pod;
  private final boolean whole;
  private final Optional<String> nodeName;
  private final Set<String> allowedRuntimeClasses;
  private final List<String> findings = new ArrayList<>();

  /**
   * @param template a template that can be normalized
   * @param ephemeralPaths folders of its first container that each start finds empty
   * @param nodeName node of its file system; empty while there is none
   * @param allowedRuntimeClasses runtime classes that it may name
   */
  TemplateInspector(
      Template template,
      List<String> ephemeralPaths,
      Optional<String> nodeName,
      Set<String> allowedRuntimeClasses) {
    this.template = template;
    this.ephemeralPaths = List.copyOf(ephemeralPaths);
    this.pod = NormalizedTemplate.of(template).pod();
    this.whole = template.container() == null;
    this.nodeName = nodeName;
    this.allowedRuntimeClasses = allowedRuntimeClasses;
  }

  /** All findings, in the order of the fields. */
  List<String> findings() {
    metadata();
    podFields();
    Set<String> volumes = volumes();
    ContainerInspector containers = new ContainerInspector(volumes, findings);
    for (int i = 0; i < pod.getContainers().size(); i++) {
      String at = whole ? "spec.template.spec.containers[" + i + "]" : "spec.template.container";
      containers.inspect(at, pod.getContainers().get(i));
    }
    containers.ephemeral(ephemeralPaths, pod.getContainers().getFirst().getVolumeMounts());
    for (int i = 0; i < pod.getInitContainers().size(); i++) {
      containers.inspect(
          "spec.template.spec.initContainers[" + i + "]", pod.getInitContainers().get(i));
    }
    return List.copyOf(findings);
  }

  private void metadata() {
    if (template.metadata() == null) {
      return;
    }
    Map<String, String> labels = template.metadata().labels();
    if (labels != null) {
      keys("spec.template.metadata.labels", labels);
      labels.forEach(
          (key, value) -> {
            if (value != null && !FieldSyntax.isLabelValue(value)) {
              find(
                  "spec.template.metadata.labels[" + key + "]",
                  quoted(value)
                      + " is no label value: use at most 63 of letters, digits, '-', '_' and '.', a"
                      + " letter or digit first and last.");
            }
          });
    }
    if (template.metadata().annotations() != null) {
      keys("spec.template.metadata.annotations", template.metadata().annotations());
    }
  }

  private void keys(String at, Map<String, String> map) {
    for (String key : map.keySet().stream().sorted().toList()) {
      if (key.startsWith(OURS)) {
        find(
            at, quoted(key) + " begins with " + OURS + ", which is the operator's own. Remove it.");
      } else if (!FieldSyntax.isLabelKey(key)) {
        find(
            at,
            quoted(key)
                + " is no valid key: use at most 63 of letters, digits, '-', '_' and '.', behind a"
                + " domain and '/' if you like.");
      }
    }
  }

  private void podFields() {
    String serviceAccount = pod.getServiceAccountName();
    if (serviceAccount != null
        && !serviceAccount.isEmpty()
        && !FieldSyntax.isDnsSubdomain(serviceAccount)) {
      find(
          field("serviceAccountName"),
          quoted(serviceAccount) + " can't be the name of a ServiceAccount.");
    }
    String runtimeClass = pod.getRuntimeClassName();
    if (runtimeClass != null
        && !runtimeClass.isEmpty()
        && !allowedRuntimeClasses.contains(runtimeClass)) {
      find(
          field("runtimeClassName"),
          quoted(runtimeClass)
              + (allowedRuntimeClasses.isEmpty()
                  ? " is not allowed, as no runtime class is"
                  : " is not on the allow-list ("
                      + String.join(", ", allowedRuntimeClasses.stream().sorted().toList())
                      + ")")
              + ". Only runtimes that work like runc can be given a file system; the"
              + " administrator can allow them in the operator.");
    }
    String wantedNode = pod.getNodeName();
    if (wantedNode != null && !wantedNode.isEmpty()) {
      nodeName
          .filter(node -> !node.equals(wantedNode))
          .ifPresent(
              node ->
                  find(
                      field("nodeName"),
                      quoted(wantedNode)
                          + " is not "
                          + node
                          + ", the node that keeps the file system."));
    }
  }

  private Set<String> volumes() {
    Set<String> names = new HashSet<>();
    for (int i = 0; i < pod.getVolumes().size(); i++) {
      Volume volume = pod.getVolumes().get(i);
      String at = field("volumes[" + i + "].name");
      String name = volume.getName();
      if (name == null || name.isEmpty()) {
        find(at, "is required.");
      } else if (name.startsWith(ApiNames.VOLUME_PREFIX)) {
        find(
            at,
            name
                + " begins with "
                + ApiNames.VOLUME_PREFIX
                + ", which is the operator's own. Choose another name.");
      } else if (!FieldSyntax.isDnsLabel(name)) {
        find(at, quoted(name) + NAME_RULE);
      } else if (!names.add(name)) {
        find(at, quoted(name) + " is the name of another volume as well.");
      }
    }
    return names;
  }

  private String field(String name) {
    return (whole ? "spec.template.spec." : "spec.template.") + name;
  }

  private void find(String at, String what) {
    findings.add(at + ": " + what);
  }

  /** The user's text, shortened if it is too long to read. */
  static String quoted(String text) {
    int most = 80;
    return "\"" + (text.length() > most ? text.substring(0, most) + "..." : text) + "\"";
  }

  static String nameRule() {
    return NAME_RULE;
  }
}
