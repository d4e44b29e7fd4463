package top.xtlsoft.stoppablecontainer.agent.filesystem;

import java.time.Instant;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Place;

/**
 * A snapshot on the node that the API server does not know.
 *
 * @param place where its record lies
 * @param name name of the snapshot
 * @param uid UID of the snapshot
 * @param taken when it was taken
 * @param image image that its files were made from
 */
public record LostSnapshot(Place place, String name, String uid, Instant taken, String image) {}
