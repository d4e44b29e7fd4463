package top.xtlsoft.stoppablecontainer.agent.request;

import top.xtlsoft.stoppablecontainer.agent.Job;

/**
 * A request with what the agent says to it.
 *
 * @param request the request
 * @param instanceKey {@code namespace/name} of its instance, empty when it has none
 * @param file what the pod reads
 */
public record Answer(PodRequest request, String instanceKey, ReadyFile file)
    implements Job.Outcome {

  @Override
  public String podKey() {
    return request.podKey();
  }

  @Override
  public String toString() {
    return file.result() + " to " + request;
  }
}
