package top.xtlsoft.stoppablecontainer.agent.instance;

import io.fabric8.kubernetes.client.KubernetesClientException;
import org.apache.camel.Header;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.AgentFailures;
import top.xtlsoft.stoppablecontainer.agent.Job;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.api.AgentReason;
import top.xtlsoft.stoppablecontainer.camel.ScHeaders;

/**
 * The jobs of instances that no pod waits for: sync, look for processes, remove. Their failures
 * stand in the instance's status until the job succeeds.
 */
public final class InstanceJobs {

  private static final Logger LOG = LoggerFactory.getLogger(InstanceJobs.class);

  private final AgentFailures failures;

  public InstanceJobs(AgentFailures failures) {
    this.failures = failures;
  }

  /** The job of an instance. */
  public Job of(@Header(ScHeaders.KEY) String key) {
    return new InstanceJob(key);
  }

  /** Notes that the job of an instance succeeded. */
  public void done(@Header(ScHeaders.KEY) String key) {
    failures.clear(key, AgentFailures.Source.JOB);
  }

  private final class InstanceJob implements Job, Job.Outcome {

    private final String key;

    private InstanceJob(String key) {
      this.key = key;
    }

    /** An administrator has to act, and the kernel does not report when. */
    @Override
    public Outcome refuse(RefusedException refusal) {
      LOG.warn(
          "Job refused, retrying: reason={} error={}",
          refusal.reason().wire(),
          refusal.getMessage());
      put(refusal.reason(), refusal);
      return this;
    }

    @Override
    public void fail(Exception failure) {
      // The status is for failures of the node; the API server could not store its own anyway.
      if (!(failure instanceof KubernetesClientException)) {
        put(AgentReason.NODE_ERROR, failure);
      }
    }

    private void put(AgentReason reason, Exception failure) {
      failures.put(key, AgentFailures.Source.JOB, reason, AgentFailures.textOf(failure));
    }

    @Override
    public boolean isTriedAgain() {
      return true;
    }

    @Override
    public String podKey() {
      return "";
    }

    @Override
    public String instanceKey() {
      return key;
    }

    @Override
    public String toString() {
      return "job of instance " + key;
    }
  }
}
