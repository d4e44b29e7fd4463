package top.xtlsoft.stoppablecontainer.agent.process;

import java.util.regex.Pattern;

/** How kubelet's cgroup drivers write a pod's UID into the paths of its cgroups. */
public record PodCgroup(Pattern pattern) {

  /** Of whichever pod. */
  private static final PodCgroup ANY =
      new PodCgroup(
          Pattern.compile(
              "[/-]pod[0-9a-f]{8}([-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}(\\.slice)?([/:]|$)",
              Pattern.MULTILINE));

  /** The cgroups of all pods. */
  public static PodCgroup ofAny() {
    return ANY;
  }

  /**
   * The cgroups of a pod.
   *
   * @param uid as the API has it
   */
  public static PodCgroup of(String uid) {
    // cgroupfs: .../pod1234-ab/ID, systemd: .../kubepods-besteffort-pod1234_ab.slice/cri-...
    return new PodCgroup(
        Pattern.compile(
            "[/-]pod("
                + Pattern.quote(uid)
                + "|"
                + Pattern.quote(uid.replace('-', '_'))
                + ")(\\.slice)?([/:]|$)",
            Pattern.MULTILINE));
  }

  /** Whether the text of a /proc/PID/cgroup names the pod. */
  public boolean matches(String cgroupFile) {
    // That of most processes of a node names none.
    return cgroupFile.contains("pod") && pattern.matcher(cgroupFile).find();
  }
}
