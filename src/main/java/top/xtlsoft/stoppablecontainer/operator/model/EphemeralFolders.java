package top.xtlsoft.stoppablecontainer.operator.model;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import java.util.ArrayList;
import java.util.List;
import top.xtlsoft.stoppablecontainer.api.ApiNames;

/**
 * The folders that each start finds empty: a volume of the pod for each, which goes with the pod.
 */
final class EphemeralFolders {

  private EphemeralFolders() {}

  /** A pod whose first container has an empty folder at each of these paths. */
  static PodSpec addTo(PodSpec pod, List<String> paths) {
    if (paths.isEmpty()) {
      return pod;
    }
    PodSpecBuilder more = new PodSpecBuilder(pod);
    ContainerBuilder container = new ContainerBuilder(pod.getContainers().getFirst());
    for (int i = 0; i < paths.size(); i++) {
      String name = ApiNames.VOLUME_EPHEMERAL + i;
      more.addToVolumes(new VolumeBuilder().withName(name).withNewEmptyDir().endEmptyDir().build());
      container.addToVolumeMounts(
          new VolumeMountBuilder().withName(name).withMountPath(paths.get(i)).build());
    }
    List<Container> containers = new ArrayList<>(pod.getContainers());
    containers.set(0, container.build());
    return more.withContainers(containers).build();
  }
}
