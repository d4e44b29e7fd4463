package top.xtlsoft.stoppablecontainer.e2e.support;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * An image as a registry keeps it.
 *
 * @param config JSON of its config
 * @param layers tars, lowest first
 */
public record TestImage(byte[] config, List<byte[]> layers) {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path ARCHIVES = Path.of("target", "images");

  /** The busybox image of e2e/images/build. */
  public static TestImage busybox() {
    Path archive = ARCHIVES.resolve("e2e-busybox.tar");
    try {
      Path folder = Files.createTempDirectory("image");
      run("tar", "-xf", archive.toString(), "-C", folder.toString());
      List<byte[]> layers = new ArrayList<>();
      for (var layer :
          JSON.readTree(folder.resolve("manifest.json").toFile()).path(0).path("Layers")) {
        layers.add(Files.readAllBytes(folder.resolve(layer.asText())));
      }
      byte[] config = Files.readAllBytes(folder.resolve("config.json"));
      run("rm", "-r", folder.toString());
      return new TestImage(config, layers);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + archive + ": e2e/images/build makes it", e);
    }
  }

  /** A copy with this entry of its config: Entrypoint, Cmd, Env ...; an empty list removes it. */
  public TestImage with(String field, List<String> words) {
    ObjectNode changed = tree();
    ((ObjectNode) changed.path("config"))
        .set(field, words.isEmpty() ? null : JSON.valueToTree(words));
    return new TestImage(bytes(changed), layers);
  }

  /** A copy with one more layer with one file. */
  public TestImage withFile(String name, String content) {
    try {
      Path folder = Files.createTempDirectory("layer");
      Files.writeString(folder.resolve(name), content);
      Path tar = Files.createTempFile("layer", ".tar");
      run(
          "tar",
          "-C",
          folder.toString(),
          "--owner=0",
          "--group=0",
          "--mtime=@0",
          "-cf",
          tar.toString(),
          name);
      List<byte[]> more = new ArrayList<>(layers);
      more.add(Files.readAllBytes(tar));
      run("rm", "-r", folder.toString(), tar.toString());
      ObjectNode changed = tree();
      changed.withArray("/rootfs/diff_ids").add(digest(more.getLast()));
      changed.withArray("/history").addObject().put("created_by", "test");
      return new TestImage(bytes(changed), more);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make a layer", e);
    }
  }

  /** A docker-archive for "cluster load". */
  public void save(String name, Path archive) {
    try {
      Path folder = Files.createTempDirectory("archive");
      Files.write(folder.resolve("config.json"), config);
      List<String> files = new ArrayList<>();
      for (byte[] layer : layers) {
        files.add("layer-" + files.size() + ".tar");
        Files.write(folder.resolve(files.getLast()), layer);
      }
      ObjectNode manifest = JSON.createObjectNode().put("Config", "config.json");
      manifest.withArray("RepoTags").add(name);
      files.forEach(manifest.withArray("Layers")::add);
      Files.write(folder.resolve("manifest.json"), JSON.writeValueAsBytes(List.of(manifest)));
      run("tar", "-C", folder.toString(), "-cf", archive.toString(), ".");
      run("rm", "-r", folder.toString());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + archive, e);
    }
  }

  /** The manifest that names config and layers by their digests. */
  byte[] manifest() {
    ObjectNode manifest =
        JSON.createObjectNode()
            .put("schemaVersion", 2)
            .put("mediaType", "application/vnd.oci.image.manifest.v1+json");
    manifest.set("config", descriptor("application/vnd.oci.image.config.v1+json", config));
    layers.forEach(
        layer ->
            manifest
                .withArray("layers")
                .add(descriptor("application/vnd.oci.image.layer.v1.tar", layer)));
    return bytes(manifest);
  }

  private static ObjectNode descriptor(String mediaType, byte[] blob) {
    return JSON.createObjectNode()
        .put("mediaType", mediaType)
        .put("digest", digest(blob))
        .put("size", blob.length);
  }

  /** The name of a blob. */
  static String digest(byte[] blob) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(blob);
      return "sha256:" + HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JRE has SHA-256", e);
    }
  }

  private ObjectNode tree() {
    try {
      return (ObjectNode) JSON.readTree(new String(config, StandardCharsets.UTF_8));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the image's config is no JSON", e);
    }
  }

  private static byte[] bytes(ObjectNode json) {
    try {
      return JSON.writeValueAsBytes(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree is always JSON", e);
    }
  }

  private static void run(String... command) {
    Command.run(List.of(command), "", Timeouts.COMMAND).ok();
  }
}
