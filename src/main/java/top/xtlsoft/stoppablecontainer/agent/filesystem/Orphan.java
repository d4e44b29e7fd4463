package top.xtlsoft.stoppablecontainer.agent.filesystem;

import java.time.Instant;
import java.util.Objects;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FolderRecord;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Place;

/**
 * A folder that is set aside, because the API server knows no instance that it belongs to.
 *
 * @param place where it lies
 * @param record what its {@code instance.json} says
 */
public record Orphan(Place place, FolderRecord record) {

  public Orphan {
    Objects.requireNonNull(record.setAside());
  }

  /** UID of the instance that it belonged to. */
  public String uid() {
    return record.uid();
  }

  public FolderRecord.SetAside setAside() {
    return Objects.requireNonNull(record.setAside());
  }

  /** When it was set aside. */
  public Instant since() {
    return Instant.parse(setAside().since());
  }
}
