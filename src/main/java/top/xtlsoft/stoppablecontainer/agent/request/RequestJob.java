package top.xtlsoft.stoppablecontainer.agent.request;

import top.xtlsoft.stoppablecontainer.agent.Job;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;

/** The job of a pod's request: a refusal is the answer that the pod reads. */
record RequestJob(PodRequest request, RequestAnswerer answerer) implements Job {

  @Override
  public Outcome refuse(RefusedException refusal) {
    return answerer.refuse(request, refusal);
  }

  @Override
  public void fail(Exception failure) {
    answerer.fail(request, failure);
  }

  /** The pod has its answer. */
  @Override
  public boolean isTriedAgain() {
    return false;
  }
}
