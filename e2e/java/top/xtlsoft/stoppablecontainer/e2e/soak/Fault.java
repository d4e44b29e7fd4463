package top.xtlsoft.stoppablecontainer.e2e.soak;

import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.ApiNames;

/** Kinds of faults. Each constant strikes once, and knows how to see that it was detected. */
enum Fault {
  /** SIGKILL to the operator's process. */
  OPERATOR_KILLED {
    @Override
    Optional<Arena.Over> strike(Arena arena, String box) {
      return arena.killSystemPod(ApiNames.OPERATOR_NAME);
    }
  },
  /** SIGKILL to the node agent's process. */
  AGENT_KILLED {
    @Override
    Optional<Arena.Over> strike(Arena arena, String box) {
      return arena.killSystemPod(ApiNames.AGENT_NAME);
    }
  },
  /** SIGKILL to PID 1 of the user's container, which ends all its processes. */
  CONSUMER_KILLED {
    @Override
    Optional<Arena.Over> strike(Arena arena, String box) {
      return arena.killContainer(box, ApiNames.CONTAINER_DEFAULT);
    }
  },
  /** SIGKILL to the process in the container whose image layers are the overlay's lower layers. */
  PAUSE_KILLED {
    @Override
    Optional<Arena.Over> strike(Arena arena, String box) {
      return arena.killContainer(ApiNames.providerPodName(box), ApiNames.CONTAINER_ROOTFS);
    }
  },
  /** A user deletes the provider pod. */
  PROVIDER_DELETED {
    @Override
    Optional<Arena.Over> strike(Arena arena, String box) {
      return arena.deletePod(ApiNames.providerPodName(box), POD_GRACE_SECONDS);
    }
  },
  /** A user deletes the consumer pod with grace period 0: the API server forgets it at once. */
  CONSUMER_DELETED_BY_FORCE {
    @Override
    Optional<Arena.Over> strike(Arena arena, String box) {
      return arena.deletePod(box, 0);
    }
  },
  CONTAINERD_KILLED {
    @Override
    Optional<Arena.Over> strike(Arena arena, String box) {
      return arena.killComponent("containerd");
    }
  },
  KUBELET_KILLED {
    @Override
    Optional<Arena.Over> strike(Arena arena, String box) {
      return arena.killComponent("kubelet");
    }
  },
  API_SERVER_KILLED {
    @Override
    Optional<Arena.Over> strike(Arena arena, String box) {
      return arena.killComponent("apiserver");
    }
  },
  ETCD_KILLED {
    @Override
    Optional<Arena.Over> strike(Arena arena, String box) {
      return arena.killComponent("etcd");
    }
  },
  /** A power cut and reboot of the node: processes, mounts and /run are gone. */
  POWER_CUT {
    @Override
    Optional<Arena.Over> strike(Arena arena, String box) {
      return arena.cutPower();
    }
  },
  /** An administrator restores etcd from an older copy, with the node off. */
  ETCD_PUT_BACK {
    @Override
    Optional<Arena.Over> strike(Arena arena, String box) {
      return arena.putEtcdBack();
    }
  };

  private static final long POD_GRACE_SECONDS = 30;

  /** Whether the fault strikes only a container that runs. */
  boolean needsRunning() {
    return this == CONSUMER_KILLED || this == CONSUMER_DELETED_BY_FORCE;
  }

  /** Whether the fault takes as long as a boot. */
  boolean isSlow() {
    return this == POWER_CUT || this == ETCD_PUT_BACK;
  }

  /** Strikes; empty if there was nothing to strike. */
  abstract Optional<Arena.Over> strike(Arena arena, String box);
}
