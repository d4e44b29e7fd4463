package top.xtlsoft.stoppablecontainer.manifests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CrdManifestsTest {

  /** What client-side `kubectl apply` can keep in its annotation, in bytes. */
  private static final int MOST_BYTES_OF_ANNOTATIONS = 256 * 1024;

  @Test
  void committedManifestsMatchTheApiClasses() throws Exception {
    for (Map.Entry<String, String> file : CrdManifests.render().entrySet()) {
      assertEquals(
          file.getValue(),
          Files.readString(CrdManifests.FOLDER.resolve(file.getKey())),
          file.getKey() + " is stale: run `make manifests` and commit what it changes");
    }
  }

  @Test
  void eachKindIsDeployedByKustomizeAndByTheChart() throws Exception {
    for (String file : CrdManifests.render().keySet()) {
      assertTrue(
          Files.readString(CrdManifests.FOLDER.resolve("kustomization.yaml"))
              .contains("  - " + file + "\n"),
          "kustomize/crd/kustomization.yaml lists " + file);
      assertTrue(
          Files.isSameFile(
              CrdManifests.FOLDER.resolve(file), Path.of("helm/stoppablecontainer/crds", file)),
          "helm/stoppablecontainer/crds has a link to " + file);
    }
  }

  @Test
  void committedReferenceMatchesTheApiClasses() throws Exception {
    assertEquals(
        ApiPage.render(),
        Files.readString(ApiPage.FILE),
        "docs/api.md is stale: run `make manifests` and commit what it changes");
  }

  @Test
  void manifestsFitIntoTheAnnotationOfKubectlApply() throws Exception {
    for (Map.Entry<String, String> file : CrdManifests.render().entrySet()) {
      // kubectl keeps the object as JSON without spaces, whatever the file is.
      int bytes = Serialization.unmarshal(file.getValue(), JsonNode.class).toString().length();
      assertTrue(bytes < MOST_BYTES_OF_ANNOTATIONS, file.getKey() + " has " + bytes + " bytes");
    }
  }
}
