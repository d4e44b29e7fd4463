package top.xtlsoft.stoppablecontainer.agent;

/**
 * What a route works on, as the error handling of all routes sees it: a request of a pod, or the
 * work for an instance. A job decides how its failure is answered.
 */
public interface Job {

  /** Exchange property: the job that is worked on. */
  String PROPERTY = "ScJob";

  /** Which objects of the API have to show an outcome. */
  interface Outcome {

    /** {@code namespace/name} of the pod whose condition shows it; empty for none. */
    String podKey();

    /** {@code namespace/name} of the instance whose status shows it; empty for none. */
    String instanceKey();
  }

  /** Answers that it can't be done as it is. */
  Outcome refuse(RefusedException refusal);

  /** Notes what failed; the job is tried again. */
  void fail(Exception failure);

  /** Whether it is tried again after a refusal, because no event reports that the cause is gone. */
  boolean isTriedAgain();
}
