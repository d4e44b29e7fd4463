package top.xtlsoft.stoppablecontainer.operator.pass;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceSpec;

/** What a planner wants done now. The routes choose the gateway by {@link #verb()}. */
public sealed interface Decision {

  /** One word for routes and traces. */
  String verb();

  /** What it is decided on, for logs; empty where the verb says it all. */
  public default String why() {
    return "";
  }

  /** All is as it should be for this step; the next one may look. */
  record Nothing() implements Decision {
    @Override
    public String verb() {
      return "nothing";
    }
  }

  /** Not yet: the pass has nothing more to do until an event comes. */
  record Await(String what) implements Decision {
    @Override
    public String verb() {
      return "await";
    }

    @Override
    public String why() {
      return what;
    }
  }

  /** Not at all: the pass ends in a condition. */
  record Refuse(Problem problem) implements Decision {
    @Override
    public String verb() {
      return "refuse";
    }
  }

  /** Hold the resource by our finalizer before anything is made for it. */
  record HoldResource() implements Decision {
    @Override
    public String verb() {
      return "holdResource";
    }
  }

  /** Let the resource go: nothing of it is left. */
  record ReleaseResource() implements Decision {
    @Override
    public String verb() {
      return "releaseResource";
    }
  }

  /** Create the instance. */
  record CreateInstance(StoppableContainerInstance desired) implements Decision {
    @Override
    public String verb() {
      return "createInstance";
    }
  }

  /** Take on an instance, with its file system, that was left behind without an owner. */
  record AdoptInstance() implements Decision {
    @Override
    public String verb() {
      return "adoptInstance";
    }
  }

  /** Tell the agent by the instance's spec. */
  record ChangeInstance(StoppableContainerInstanceSpec desired) implements Decision {
    @Override
    public String verb() {
      return "changeInstance";
    }
  }

  /** Delete the instance; its finalizer keeps it until the node is clean. */
  record DeleteInstance() implements Decision {
    @Override
    public String verb() {
      return "deleteInstance";
    }
  }

  /** Drop the agent's finalizer in its place: no node will. */
  record ReleaseInstance(String why) implements Decision {
    @Override
    public String verb() {
      return "releaseInstance";
    }
  }

  /** Create the provider pod. */
  record CreateProvider(Pod desired, String architecture) implements Decision {
    @Override
    public String verb() {
      return "createProvider";
    }
  }

  /** Delete the provider pod. */
  record DeleteProvider(String why) implements Decision {
    @Override
    public String verb() {
      return "deleteProvider";
    }
  }

  /** Tell the agent where it will run and that it does, where it isn't told yet; then create it. */
  record CreateConsumer(
      Optional<StoppableContainerInstanceSpec> announce, Pod desired, String architecture)
      implements Decision {
    @Override
    public String verb() {
      return "createConsumer";
    }
  }

  /** Delete the consumer pod, with its own grace period. */
  record DeleteConsumer(String why) implements Decision {
    @Override
    public String verb() {
      return "deleteConsumer";
    }
  }

  /** End what still runs in the consumer pod, and keep the pod for its logs. */
  record EndConsumer(String why) implements Decision {
    @Override
    public String verb() {
      return "endConsumer";
    }
  }

  /** The consumer is gone or has ended: let the agent bring the file system to disk. */
  record AnnounceStop(StoppableContainerInstanceSpec desired) implements Decision {
    @Override
    public String verb() {
      return "announceStop";
    }
  }
}
