package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.PrinterColumn;
import io.fabric8.crd.generator.annotation.SelectableField;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The operator's orders to the node agent. Only the operator writes it.
 *
 * @param nodeName node that keeps the file system; set once, when the provider pod is bound
 * @param hostPathPrefix folder on the node below which the file system is kept
 * @param image image that the file system is made from
 * @param running true from before a consumer pod is created until after it is gone; the generation
 *     of a false one shows the agent that no process writes any more
 * @param source what the file system is made of besides its image; set when the instance is made
 * @param sizeBytes size of the disk image that holds the file system; absent for a folder without a
 *     limit
 * @param idle what the agent is to watch for; absent for a container that is never idle
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
    value = "!has(oldSelf.nodeName) || (has(self.nodeName) && self.nodeName == oldSelf.nodeName)",
    message = "spec.nodeName can't be changed: the file system lies on that node")
public record StoppableContainerInstanceSpec(
    @JsonPropertyDescription("Node that keeps the file system.")
        @PrinterColumn(name = "Node")
        @SelectableField
        @Nullable String nodeName,
    @JsonPropertyDescription("Folder on the node below which the file system is kept.") @Required
        String hostPathPrefix,
    @JsonPropertyDescription("Image that the file system is made from.") @Required String image,
    @JsonPropertyDescription("Whether a consumer pod may write to the file system.") @Required
        boolean running,
    @JsonPropertyDescription("Snapshot that the file system is made of; absent for the image.")
        @Nullable Source source,
    @JsonPropertyDescription("Bytes of the file system's disk image; absent for a folder.")
        @Nullable Long sizeBytes,
    @JsonPropertyDescription("Has the agent watch whether the container is in use.")
        @Nullable IdleOrder idle) {

  /** The spec of a file system whose container is not watched. */
  public StoppableContainerInstanceSpec(
      @Nullable String nodeName,
      String hostPathPrefix,
      String image,
      boolean running,
      @Nullable Source source,
      @Nullable Long sizeBytes) {
    this(nodeName, hostPathPrefix, image, running, source, sizeBytes, null);
  }

  /** The spec of a file system that is made of its image alone. */
  public StoppableContainerInstanceSpec(
      @Nullable String nodeName, String hostPathPrefix, String image, boolean running) {
    this(nodeName, hostPathPrefix, image, running, null, null);
  }

  /** The same spec with that {@code running}. */
  public StoppableContainerInstanceSpec withRunning(boolean now) {
    return new StoppableContainerInstanceSpec(
        nodeName, hostPathPrefix, image, now, source, sizeBytes, idle);
  }

  /** The same spec with that source. */
  public StoppableContainerInstanceSpec withSource(@Nullable Source now) {
    return new StoppableContainerInstanceSpec(
        nodeName, hostPathPrefix, image, running, now, sizeBytes, idle);
  }

  /** The same spec with that order. */
  public StoppableContainerInstanceSpec withIdle(@Nullable IdleOrder now) {
    return new StoppableContainerInstanceSpec(
        nodeName, hostPathPrefix, image, running, source, sizeBytes, now);
  }

  /**
   * What a clone or a restored file system has had first.
   *
   * @param snapshotName name of a snapshot of the instance's namespace; absent for the image alone
   * @param snapshotUID UID of that snapshot
   * @param imageID image that its files were made from, as the runtime names it
   * @param restoreUID UID of the restore that gives an existing file system these files; absent for
   *     a clone
   * @param beforeName name of the snapshot that keeps the state before that restore
   * @param beforeUID UID of that snapshot
   * @param resetPaths files that a clone does not take over; absent for none
   * @param image image that the restore puts the file system on, as the template named it; absent
   *     where it stays
   * @param keepPaths what the restore leaves as it is; absent for nothing
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Source(
      @JsonPropertyDescription("Name of the snapshot; absent for the image alone.")
          @Nullable String snapshotName,
      @JsonPropertyDescription("UID of the snapshot.") @Nullable String snapshotUID,
      @JsonPropertyDescription("Image that its files were made from, as the runtime names it.")
          @Nullable String imageID,
      @JsonPropertyDescription("UID of the restore, absent for a clone.")
          @Nullable String restoreUID,
      @JsonPropertyDescription("Name of the snapshot that keeps the state before the restore.")
          @Nullable String beforeName,
      @JsonPropertyDescription("UID of that snapshot.") @Nullable String beforeUID,
      @JsonPropertyDescription("Files that a clone does not take over.")
          @Nullable List<String> resetPaths,
      @JsonPropertyDescription("Image that the restore puts the file system on.")
          @Nullable String image,
      @JsonPropertyDescription("Files and folders that the restore leaves as they are.")
          @Nullable List<String> keepPaths) {

    /** What a clone is made of. */
    public Source(String snapshotName, String snapshotUID, @Nullable String imageID) {
      this(snapshotName, snapshotUID, imageID, null, null, null, null, null, null);
    }

    /** The same without a restore; null for what had only that. */
    public @Nullable Source withoutRestore() {
      return snapshotName == null || image != null
          ? null
          : new Source(
              snapshotName, snapshotUID, imageID, null, null, null, resetPaths, null, null);
    }
  }
}
