package top.xtlsoft.stoppablecontainer.operator.model;

import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import java.util.List;
import top.xtlsoft.stoppablecontainer.api.ApiNames;

/** The volumes that bring {@code sc-exec} into a pod and connect it to the node agent. */
final class InjectedVolumes {

  static final String SC_EXEC = ApiNames.MOUNT_BIN + "/sc-exec";
  static final String PAUSE = ApiNames.MOUNT_BIN + "/pause";
  static final String WAKE = ApiNames.MOUNT_BIN + "/wake";

  /** Read and execute for all: the pod's user is unknown here. */
  private static final int BIN_MODE = 0555;

  private InjectedVolumes() {}

  static List<Volume> volumes(String binConfigMap) {
    return List.of(
        new VolumeBuilder()
            .withName(ApiNames.VOLUME_BIN)
            .withNewConfigMap()
            .withName(binConfigMap)
            .withDefaultMode(BIN_MODE)
            .endConfigMap()
            .build(),
        emptyDir(ApiNames.VOLUME_REQUEST),
        emptyDir(ApiNames.VOLUME_READY));
  }

  static VolumeMount binMount() {
    return mount(ApiNames.VOLUME_BIN, ApiNames.MOUNT_BIN, true);
  }

  /**
   * The mounts of all three volumes; the answer's is read-only, because only the agent writes it.
   */
  static List<VolumeMount> mounts() {
    return List.of(
        binMount(),
        mount(ApiNames.VOLUME_REQUEST, ApiNames.MOUNT_REQUEST, false),
        mount(ApiNames.VOLUME_READY, ApiNames.MOUNT_READY, true));
  }

  private static Volume emptyDir(String name) {
    return new VolumeBuilder().withName(name).withNewEmptyDir().endEmptyDir().build();
  }

  private static VolumeMount mount(String volume, String path, boolean readOnly) {
    return new VolumeMountBuilder()
        .withName(volume)
        .withMountPath(path)
        .withReadOnly(readOnly ? true : null)
        .build();
  }
}
