package top.xtlsoft.stoppablecontainer.manifests;

import com.fasterxml.jackson.databind.node.IntNode;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.crdv2.generator.CRDPostProcessor;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceColumnDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionVersion;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceSubresourceScale;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaPropsOrArray;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import top.xtlsoft.stoppablecontainer.api.Kinds;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;

/**
 * Writes the CRDs of {@link Kinds} as YAML, their reference, the pictures of the routes, and the
 * list of the end-to-end tests: {@code make manifests}.
 */
public final class CrdManifests {

  /** Folder of the generated files, below the root of the checkout. */
  static final Path FOLDER = Path.of("kustomize", "crd");

  /**
   * The order of the columns of `kubectl get`; other columns come last. The generator sorts them by
   * JSON path, which puts Age first.
   */
  private static final List<String> COLUMNS =
      List.of(
          "Phase", "Node", "Age", "Desired", "Restarts", "Since", "Image", "Activity", "Message");

  /** What the class of a kind can't say. Most kinds need no entry. */
  private static final Map<Class<?>, Consumer<CustomResourceDefinitionVersion>> IMPROVEMENTS =
      Map.of(
          StoppableContainer.class, CrdManifests::template,
          StoppableContainerInstance.class, CrdManifests::scale);

  private CrdManifests() {}

  /** Writes the files into {@link #FOLDER}, {@code docs} and {@code e2e}. */
  public static void main(String[] arguments) throws IOException {
    for (Map.Entry<String, String> file : render().entrySet()) {
      renew(FOLDER.resolve(file.getKey()), file.getValue());
    }
    renew(ApiPage.FILE, ApiPage.render());
    renew(RoutesPage.FILE, RoutesPage.render());
    renew(TestsPage.FILE, TestsPage.render());
  }

  /** Leaves a fresh file alone: a lint may run while a build reads it. */
  private static void renew(Path file, String text) throws IOException {
    if (!Files.exists(file) || !Files.readString(file).equals(text)) {
      Files.writeString(file, text);
    }
  }

  /** YAML by file name. */
  static NavigableMap<String, String> render() throws IOException {
    Path folder = Files.createTempDirectory("crd");
    new CRDGenerator()
        .inOutputDir(folder.toFile())
        .customResourceClasses(Kinds.ALL)
        .withMinQuotes(true)
        .withPostProcessor(
            new CRDPostProcessor() {
              @Override
              public HasMetadata process(HasMetadata crd, String crdVersion) {
                CustomResourceDefinition definition = (CustomResourceDefinition) crd;
                Class<?> kind = kind(definition.getSpec().getNames().getPlural());
                definition.getSpec().getVersions().forEach(version -> improve(version, kind));
                return crd;
              }
            })
        .generate();
    NavigableMap<String, String> files = new TreeMap<>();
    try (var generated = Files.list(folder)) {
      for (Path file : generated.toList()) {
        String kind = file.getFileName().toString().replaceFirst("\\..*", "");
        // Helm 3 shows the CRDs of a chart one after the other, with nothing between them.
        files.put(kind + ".yaml", "---\n" + Files.readString(file, StandardCharsets.UTF_8));
        Files.delete(file);
      }
    }
    Files.delete(folder);
    return files;
  }

  private static Class<?> kind(String plural) {
    return Kinds.ALL.stream()
        .filter(kind -> HasMetadata.getPlural(kind).equals(plural))
        .findFirst()
        .orElseThrow();
  }

  /** The class of a kind's spec. */
  static Class<?> spec(Class<?> kind) {
    return (Class<?>) ((ParameterizedType) kind.getGenericSuperclass()).getActualTypeArguments()[0];
  }

  /** The class of a kind's status. */
  static Class<?> status(Class<?> kind) {
    return (Class<?>) ((ParameterizedType) kind.getGenericSuperclass()).getActualTypeArguments()[1];
  }

  private static void improve(CustomResourceDefinitionVersion version, Class<?> kind) {
    JSONSchemaProps root = version.getSchema().getOpenAPIV3Schema();
    SchemaImprover.improve(root.getProperties().get("spec"), spec(kind));
    IMPROVEMENTS.getOrDefault(kind, _ -> {}).accept(version);
    List<CustomResourceColumnDefinition> columns = version.getAdditionalPrinterColumns();
    columns.sort(Comparator.comparingInt(column -> place(column.getName())));
    for (CustomResourceColumnDefinition column : columns) {
      if (column.getName().equals("Since")) {
        // kubectl shows a date as an age.
        column.setType("date");
        column.setFormat(null);
      }
    }
    JSONSchemaProps conditions =
        root.getProperties().get("status").getProperties().get("conditions");
    conditions.setXKubernetesListType("map");
    conditions.setXKubernetesListMapKeys(List.of("type"));
    conditions.getItems().getSchema().setRequired(List.of("type", "status"));
  }

  private static int place(String column) {
    int place = COLUMNS.indexOf(column);
    return place < 0 ? COLUMNS.size() : place;
  }

  private static void template(CustomResourceDefinitionVersion version) {
    JSONSchemaProps template =
        version
            .getSchema()
            .getOpenAPIV3Schema()
            .getProperties()
            .get("spec")
            .getProperties()
            .get("template");
    ephemeralContainers(template);
    describePodFields(template);
  }

  /**
   * A PodDisruptionBudget with {@code maxUnavailable} asks the controller of each pod for its
   * number of pods, which is one for an instance. Only the API server reads the field.
   */
  private static void scale(CustomResourceDefinitionVersion version) {
    JSONSchemaProps replicas = new JSONSchemaProps();
    replicas.setType("integer");
    replicas.setDescription("Always 1: for disruption budgets, which ask for the scale.");
    replicas.setDefault(IntNode.valueOf(1));
    replicas.setMinimum(1.0);
    replicas.setMaximum(1.0);
    version
        .getSchema()
        .getOpenAPIV3Schema()
        .getProperties()
        .get("spec")
        .getProperties()
        .put("replicas", replicas);
    version
        .getSubresources()
        .setScale(new CustomResourceSubresourceScale(null, ".spec.replicas", ".status.replicas"));
  }

  /** Kubernetes itself documents the fields beside {@code container}. */
  private static void describePodFields(JSONSchemaProps template) {
    template
        .getProperties()
        .forEach(
            (name, field) -> {
              if (field.getDescription() == null) {
                field.setDescription(
                    "Of the container's pod, as in core/v1 PodSpec; kubectl explain pod.spec."
                        + name
                        + " shows more. Only with container.");
              }
            });
  }

  /**
   * The validator refuses ephemeral containers with a message; their fields would be a tenth of the
   * file.
   */
  private static void ephemeralContainers(JSONSchemaProps template) {
    JSONSchemaProps any = new JSONSchemaProps();
    any.setType("object");
    any.setXKubernetesPreserveUnknownFields(true);
    template
        .getProperties()
        .get("spec")
        .getProperties()
        .get("ephemeralContainers")
        .setItems(new JSONSchemaPropsOrArray(null, any));
  }
}
