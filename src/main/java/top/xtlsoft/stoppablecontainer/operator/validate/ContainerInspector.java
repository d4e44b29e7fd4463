package top.xtlsoft.stoppablecontainer.operator.validate;

import static top.xtlsoft.stoppablecontainer.operator.validate.TemplateInspector.quoted;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.VolumeDevice;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.api.ApiNames;

/** The part of {@link TemplateInspector} that checks each container. */
final class ContainerInspector {

  private static final int MAX_PORT = 65535;

  /** The runtime refuses a mount there, or the pod would have no root. */
  private static final Set<String> CLOSED = Set.of("/", "/proc");

  private final Set<String> volumes;
  private final List<String> findings;
  private final Set<String> names = new HashSet<>();

  /**
   * @param volumes names of the pod's volumes
   * @param findings list that receives the findings
   */
  ContainerInspector(Set<String> volumes, List<String> findings) {
    this.volumes = volumes;
    this.findings = findings;
  }

  void inspect(String at, Container container) {
    name(at + ".name", container.getName());
    mounts(at, container.getVolumeMounts());
    devices(at, container.getVolumeDevices());
    image(at + ".image", container.getImage());
    if (!container.getCommand().isEmpty() && isEmpty(container.getCommand().getFirst())) {
      find(at + ".command[0]", "is empty. Name a program, or leave command out for the image's.");
    }
    ports(at, container.getPorts());
    env(at, container.getEnv());
  }

  private void name(String at, @Nullable String name) {
    if (isEmpty(name)) {
      find(at, "is required.");
    } else if (!FieldSyntax.isDnsLabel(name)) {
      find(at, quoted(name) + TemplateInspector.nameRule());
    } else if (!names.add(name)) {
      find(at, quoted(name) + " is the name of another container as well.");
    }
  }

  private void image(String at, @Nullable String image) {
    if (isEmpty(image)) {
      find(at, "is required.");
    } else if (!FieldSyntax.isImage(image)) {
      find(
          at,
          quoted(image)
              + " is no image reference: [HOST[:PORT]/]NAME[:TAG][@DIGEST], with NAME in lower"
              + " case.");
    }
  }

  private void ports(String container, List<ContainerPort> ports) {
    Set<String> portNames = new HashSet<>();
    for (int i = 0; i < ports.size(); i++) {
      ContainerPort port = ports.get(i);
      String at = container + ".ports[" + i + "]";
      Integer number = port.getContainerPort();
      if (number == null) {
        find(at + ".containerPort", "is required.");
      } else if (number < 1 || number > MAX_PORT) {
        find(at + ".containerPort", number + " is not between 1 and " + MAX_PORT + ".");
      }
      Integer hostPort = port.getHostPort();
      if (hostPort != null && (hostPort < 0 || hostPort > MAX_PORT)) {
        find(at + ".hostPort", hostPort + " is not between 1 and " + MAX_PORT + ".");
      }
      if (!isEmpty(port.getName()) && !portNames.add(port.getName())) {
        find(at + ".name", quoted(port.getName()) + " is the name of another port as well.");
      }
    }
  }

  private void env(String container, List<EnvVar> env) {
    for (int i = 0; i < env.size(); i++) {
      EnvVar variable = env.get(i);
      String at = container + ".env[" + i + "]";
      String name = variable.getName();
      if (isEmpty(name)) {
        find(at + ".name", "is required.");
      } else if (name.indexOf('=') >= 0) {
        find(at + ".name", quoted(name) + " contains '='.");
      }
      if (!isEmpty(variable.getValue()) && variable.getValueFrom() != null) {
        find(at, "has value and valueFrom. Choose one.");
      }
    }
  }

  private void mounts(String container, List<VolumeMount> mounts) {
    Set<String> paths = new HashSet<>();
    for (int i = 0; i < mounts.size(); i++) {
      VolumeMount mount = mounts.get(i);
      String at = container + ".volumeMounts[" + i + "]";
      if (mountPath(at + ".mountPath", mount.getMountPath()) && !paths.add(mount.getMountPath())) {
        find(
            at + ".mountPath",
            quoted(mount.getMountPath()) + " is the path of another mount as well.");
      }
      volume(at + ".name", mount.getName());
      subPath(at + ".subPath", mount.getSubPath());
      subPath(at + ".subPathExpr", mount.getSubPathExpr());
      if (!isEmpty(mount.getSubPath()) && !isEmpty(mount.getSubPathExpr())) {
        find(at, "has subPath and subPathExpr. Choose one.");
      }
    }
  }

  /** Folders that each start finds empty, beside the mounts of their container. */
  void ephemeral(List<String> paths, List<VolumeMount> mounts) {
    Set<String> taken =
        mounts.stream()
            .map(VolumeMount::getMountPath)
            .filter(path -> !isEmpty(path))
            .map(ContainerInspector::resolved)
            .collect(Collectors.toCollection(HashSet::new));
    for (int i = 0; i < paths.size(); i++) {
      String at = "spec.ephemeralPaths[" + i + "]";
      if (mountPath(at, paths.get(i)) && !taken.add(resolved(paths.get(i)))) {
        find(at, quoted(paths.get(i)) + " is the path of a mount as well.");
      }
    }
  }

  private void devices(String container, List<VolumeDevice> devices) {
    for (int i = 0; i < devices.size(); i++) {
      volume(container + ".volumeDevices[" + i + "].name", devices.get(i).getName());
    }
  }

  /** Whether the text can be the path of a mount. */
  private boolean mountPath(String at, @Nullable String path) {
    if (isEmpty(path)) {
      find(at, "is required.");
      return false;
    }
    String resolved = resolved(path);
    if (resolved.startsWith(ApiNames.MOUNT_PREFIX)) {
      find(
          at,
          path
              + " lies at or under "
              + ApiNames.MOUNT_PREFIX
              + ", which is the operator's own. Choose another path.");
      return false;
    }
    if (CLOSED.contains(resolved)) {
      find(at, quoted(path) + " is no place to mount on. Choose a folder below /.");
      return false;
    }
    if (path.indexOf(':') >= 0) {
      find(at, quoted(path) + " contains ':'.");
      return false;
    }
    if (path.indexOf('\0') >= 0) {
      find(at, "contains a zero byte.");
      return false;
    }
    return true;
  }

  private void volume(String at, @Nullable String name) {
    if (isEmpty(name)) {
      find(at, "is required.");
    } else if (name.startsWith(ApiNames.VOLUME_PREFIX)) {
      find(
          at,
          name
              + " begins with "
              + ApiNames.VOLUME_PREFIX
              + ", which is the operator's own. Choose another volume.");
    } else if (!volumes.contains(name)) {
      find(at, quoted(name) + " is not the name of a volume. Add it to volumes.");
    }
  }

  private void subPath(String at, @Nullable String path) {
    if (isEmpty(path)) {
      return;
    }
    if (path.startsWith("/")) {
      find(at, quoted(path) + " is absolute. Give a path inside the volume.");
    } else if (Arrays.asList(path.split("/")).contains("..")) {
      find(at, quoted(path) + " contains '..', which leads out of the volume.");
    }
  }

  /**
   * Resolves a path as the runtime does, so that {@code /x/../.sc-bin} is found. {@link
   * java.nio.file.Path} accepts only characters of this program's locale.
   */
  private static String resolved(String mountPath) {
    Deque<String> parts = new ArrayDeque<>();
    for (String part : mountPath.split("/")) {
      if (part.equals("..")) {
        parts.pollLast();
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.addLast(part);
      }
    }
    return "/" + String.join("/", parts);
  }

  private void find(String at, String what) {
    findings.add(at + ": " + what);
  }

  private static boolean isEmpty(@Nullable String text) {
    return text == null || text.isEmpty();
  }
}
