package top.xtlsoft.stoppablecontainer.agent.request;

import org.apache.camel.Body;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.AgentFailures;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentPods;
import top.xtlsoft.stoppablecontainer.api.AgentReason;

/** Answers the requests of pods, and notes failures for the instance's status. */
public final class RequestAnswerer {

  private static final Logger LOG = LoggerFactory.getLogger(RequestAnswerer.class);

  private final ReadyFileWriter files;
  private final AgentPods pods;
  private final AgentFailures failures;

  public RequestAnswerer(ReadyFileWriter files, AgentPods pods, AgentFailures failures) {
    this.files = files;
    this.pods = pods;
    this.failures = failures;
  }

  /** Done when the pod can read the answer. */
  public void answer(@Body Answer answer) {
    files.write(answer.request().pod(), answer.file());
    failures.clear(answer.instanceKey(), AgentFailures.Source.REQUEST);
    LOG.info("Request answered: {}", answer);
  }

  /** Answers that the pod can't have what it asked for. */
  Answer refuse(PodRequest request, RefusedException refusal) {
    // What a pod may not ask for says nothing of its instance, whatever else works.
    String instance =
        refusal.reason() == AgentReason.REQUEST_NOT_ALLOWED
            ? ""
            : pods.instanceKey(request.pod()).orElse("");
    Answer answer =
        new Answer(
            request,
            instance,
            ReadyFile.refused(request.id(), refusal.reason(), refusal.getMessage()));
    files.write(request.pod(), answer.file());
    if (!instance.isEmpty()) {
      failures.put(instance, AgentFailures.Source.REQUEST, refusal.reason(), refusal.getMessage());
    }
    LOG.warn(
        "Request refused: reason={} error={} request={}",
        refusal.reason().wire(),
        refusal.getMessage(),
        request);
    return answer;
  }

  /** Remembers what failed on the node for a pod; its request stays open and is tried again. */
  void fail(PodRequest request, Exception failure) {
    pods.instanceKey(request.pod())
        .ifPresent(
            instance ->
                failures.put(
                    instance,
                    AgentFailures.Source.REQUEST,
                    AgentReason.NODE_ERROR,
                    AgentFailures.textOf(failure)));
  }
}
