package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Files by which a machine is known, which a clone does not take over.
 *
 * @param paths the files; absent for {@link #DEFAULT}
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
    value =
        "!has(self.paths) || self.paths.all(p, p.matches('^(/[^/]+)+$') &&"
            + " !p.matches('/[.][.]?(/|$)'))",
    message = "paths must be absolute, without '/' at their end, empty parts, '.' and '..'")
public record ResetIdentity(
    @JsonPropertyDescription(
            "The files. Without it: the machine ID of systemd and of D-Bus, the host keys of SSH,"
                + " and systemd's random seed.")
        @Size(max = ResetIdentity.MOST_PATHS)
        @Nullable List<@Size(min = 2, max = 1024) String> paths) {

  static final int MOST_PATHS = 64;

  /** systemd makes an ID only in a file that is there; a missing one means a first boot to it. */
  public static final String MACHINE_ID = "/etc/machine-id";

  /** What most programs know a machine by; those that use one of them make it again. */
  public static final List<String> DEFAULT =
      List.of(
          MACHINE_ID,
          "/var/lib/dbus/machine-id",
          "/etc/ssh/ssh_host_dsa_key",
          "/etc/ssh/ssh_host_dsa_key.pub",
          "/etc/ssh/ssh_host_ecdsa_key",
          "/etc/ssh/ssh_host_ecdsa_key.pub",
          "/etc/ssh/ssh_host_ed25519_key",
          "/etc/ssh/ssh_host_ed25519_key.pub",
          "/etc/ssh/ssh_host_rsa_key",
          "/etc/ssh/ssh_host_rsa_key.pub",
          "/var/lib/systemd/random-seed");

  /** The files that go. */
  public List<String> orDefault() {
    return paths == null ? DEFAULT : paths;
  }
}
