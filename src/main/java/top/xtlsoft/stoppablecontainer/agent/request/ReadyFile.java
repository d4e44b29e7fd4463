package top.xtlsoft.stoppablecontainer.agent.request;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.agent.cri.ImageCommand;
import top.xtlsoft.stoppablecontainer.agent.linux.FileStatus;
import top.xtlsoft.stoppablecontainer.api.AgentReason;

/**
 * {@code ready.json}: the agent's answer to one request.
 *
 * @param version of the protocol
 * @param request which request it answers
 * @param result {@link #READY} or {@link #REFUSED}
 * @param container which container it was given to; null in answers of earlier agents
 * @param root device and inode of the root that the requester has now; of an attach only
 * @param entrypoint the image's ENTRYPOINT; of an attach only
 * @param cmd the image's CMD; of an attach only
 * @param address where the container runs; of a wake only
 * @param reason of a refusal
 * @param message of a refusal, or of a wake whose container can't be started
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonPropertyOrder({
  "version",
  "request",
  "result",
  "container",
  "root",
  "entrypoint",
  "cmd",
  "address",
  "reason",
  "message"
})
public record ReadyFile(
    int version,
    String request,
    String result,
    @Nullable AnsweredContainer container,
    @Nullable String root,
    @Nullable List<String> entrypoint,
    @Nullable List<String> cmd,
    @Nullable String address,
    @Nullable String reason,
    @Nullable String message) {

  static final int VERSION = 1;
  static final String READY = "ready";
  static final String REFUSED = "refused";

  /** The answer to a mount that stands. */
  static ReadyFile mounted(String request, AnsweredContainer container) {
    return new ReadyFile(VERSION, request, READY, container, null, null, null, null, null, null);
  }

  /** The answer to a wake: where the container runs. */
  static ReadyFile running(String request, AnsweredContainer asker, String address) {
    return new ReadyFile(VERSION, request, READY, asker, null, null, null, address, null, null);
  }

  /** The answer to a wake whose container can't be started. The asker keeps its file system. */
  static ReadyFile notStarted(String request, AnsweredContainer asker, String message) {
    return new ReadyFile(VERSION, request, READY, asker, null, null, null, null, null, message);
  }

  /** The answer to an attach that is done. */
  static ReadyFile attached(
      String request, AnsweredContainer container, FileStatus root, ImageCommand image) {
    return new ReadyFile(
        VERSION,
        request,
        READY,
        container,
        root.dev() + ":" + root.ino(),
        image.entrypoint(),
        image.cmd(),
        null,
        null,
        null);
  }

  /** The answer to what can't be. */
  static ReadyFile refused(String request, AgentReason reason, String message) {
    return new ReadyFile(
        VERSION, request, REFUSED, null, null, null, null, null, reason.wire(), message);
  }

  /** Whether the request was fulfilled. */
  public boolean isReady() {
    return result.equals(READY);
  }
}
