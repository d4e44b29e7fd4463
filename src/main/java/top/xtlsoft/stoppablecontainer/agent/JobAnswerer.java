package top.xtlsoft.stoppablecontainer.agent;

import org.apache.camel.ExchangeException;
import org.apache.camel.ExchangeProperty;
import org.jspecify.annotations.Nullable;

/** Has a job answer its own failure, for the error handling of all routes. */
public final class JobAnswerer {

  /** Answers that the job can't be done as it is; the outcome is still to be reported. */
  public Job.Outcome refuse(
      @ExchangeProperty(Job.PROPERTY) Job job, @ExchangeException RefusedException refusal) {
    return job.refuse(refusal);
  }

  /** Notes what failed, if the route works on a job. */
  public void fail(
      @ExchangeProperty(Job.PROPERTY) @Nullable Job job, @ExchangeException Exception failure) {
    if (job != null) {
      job.fail(failure);
    }
  }
}
