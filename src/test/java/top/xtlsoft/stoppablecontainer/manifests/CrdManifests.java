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
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceSpec;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSpec;

/**
 * Writes the CRDs of package {@code api} as YAML, their reference, and the pictures of the routes:
 * {@code make manifests}.
 */
public final class CrdManifests {

  /** Folder of the generated files, below the root of the checkout. */
  static final Path FOLDER = Path.of("kustomize", "crd");

  /**
   * What `kubectl get` shows first; the generator sorts by JSON path, which puts Age before all.
   */
  private static final List<String> COLUMNS =
      List.of("Phase", "Node", "Age", "Desired", "Restarts", "Since", "Image", "Message");

  private static final String RESOURCE_KIND = "StoppableContainer";

  private CrdManifests() {}

  /** Writes the files into {@link #FOLDER} and {@code docs} of the working directory. */
  public static void main(String[] arguments) throws IOException {
    for (Map.Entry<String, String> file : render().entrySet()) {
      Files.writeString(FOLDER.resolve(file.getKey()), file.getValue());
    }
    Files.writeString(ApiPage.FILE, ApiPage.render());
    Files.writeString(RoutesPage.FILE, RoutesPage.render());
  }

  /** YAML by file name. */
  static NavigableMap<String, String> render() throws IOException {
    Path folder = Files.createTempDirectory("crd");
    new CRDGenerator()
        .inOutputDir(folder.toFile())
        .customResourceClasses(StoppableContainer.class, StoppableContainerInstance.class)
        .withMinQuotes(true)
        .withPostProcessor(
            new CRDPostProcessor() {
              @Override
              public HasMetadata process(HasMetadata crd, String crdVersion) {
                ((CustomResourceDefinition) crd)
                    .getSpec()
                    .getVersions()
                    .forEach(
                        version ->
                            improve(
                                version,
                                ((CustomResourceDefinition) crd).getSpec().getNames().getKind()));
                return crd;
              }
            })
        .generate();
    NavigableMap<String, String> files = new TreeMap<>();
    try (var generated = Files.list(folder)) {
      for (Path file : generated.toList()) {
        String kind = file.getFileName().toString().replaceFirst("\\..*", "");
        files.put(kind + ".yaml", Files.readString(file, StandardCharsets.UTF_8));
        Files.delete(file);
      }
    }
    Files.delete(folder);
    return files;
  }

  private static void improve(CustomResourceDefinitionVersion version, String kind) {
    JSONSchemaProps root = version.getSchema().getOpenAPIV3Schema();
    boolean ofUsers = kind.equals(RESOURCE_KIND);
    SchemaImprover.improve(
        root.getProperties().get("spec"),
        ofUsers ? StoppableContainerSpec.class : StoppableContainerInstanceSpec.class);
    if (ofUsers) {
      ephemeralContainers(root);
      describePodFields(root.getProperties().get("spec").getProperties().get("template"));
    } else {
      scale(version, root.getProperties().get("spec"));
    }
    List<CustomResourceColumnDefinition> columns = version.getAdditionalPrinterColumns();
    columns.sort(Comparator.comparingInt(column -> COLUMNS.indexOf(column.getName())));
    for (CustomResourceColumnDefinition column : columns) {
      if (column.getName().equals("Since")) {
        // Shown as an age, as people read it.
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

  /**
   * A PodDisruptionBudget with {@code maxUnavailable} asks the controller of each pod how many pods
   * there should be: one, of an instance. Nothing reads the field but the API server.
   */
  private static void scale(CustomResourceDefinitionVersion version, JSONSchemaProps spec) {
    JSONSchemaProps replicas = new JSONSchemaProps();
    replicas.setType("integer");
    replicas.setDescription("Always 1: for disruption budgets, which ask for the scale.");
    replicas.setDefault(IntNode.valueOf(1));
    replicas.setMinimum(1.0);
    replicas.setMaximum(1.0);
    spec.getProperties().put("replicas", replicas);
    version
        .getSubresources()
        .setScale(new CustomResourceSubresourceScale(null, ".spec.replicas", ".status.replicas"));
  }

  /** The fields beside {@code container} are Kubernetes' own, and so is what there is to know. */
  private static void describePodFields(JSONSchemaProps template) {
    template
        .getProperties()
        .forEach(
            (name, field) -> {
              if (field.getDescription() == null) {
                field.setDescription(
                    "Of the container's pod, as in core/v1 PodSpec; kubectl explain pod.spec."
                        + name
                        + " tells more. Only with container.");
              }
            });
  }

  /** Only there to be refused in words: their fields would be a tenth of the file. */
  private static void ephemeralContainers(JSONSchemaProps root) {
    JSONSchemaProps any = new JSONSchemaProps();
    any.setType("object");
    any.setXKubernetesPreserveUnknownFields(true);
    root.getProperties()
        .get("spec")
        .getProperties()
        .get("template")
        .getProperties()
        .get("spec")
        .getProperties()
        .get("ephemeralContainers")
        .setItems(new JSONSchemaPropsOrArray(null, any));
  }
}
