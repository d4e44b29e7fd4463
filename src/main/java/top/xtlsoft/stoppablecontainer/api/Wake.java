package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Starts a stopped container by a TCP connection, which is then served.
 *
 * @param ports the ports to listen on
 * @param from the networks that may connect while it is stopped; absent for all
 * @param coolDown how long it is left stopped; absent for not at all
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
    value = "self.ports.all(p, p >= 1 && p <= 65535 && self.ports.exists_one(q, q == p))",
    message = "spec.wake.ports must be from 1 to 65535, each once")
@ValidationRule(
    value = "!has(self.from) || self.from.all(n, isCIDR(n))",
    message = "spec.wake.from must be networks, such as 10.0.0.0/8 or fd00::/8")
public record Wake(
    @JsonPropertyDescription("TCP ports of the container, where its provider pod listens.")
        @Required
        @Size(min = 1, max = Wake.MOST_PORTS)
        List<Integer> ports,
    @JsonPropertyDescription(
            "Networks whose connections start it, such as 10.0.0.0/8. Absent for all.")
        @Size(min = 1, max = Wake.MOST_NETWORKS)
        @Nullable List<@Size(min = 4, max = 43) String> from,
    @JsonPropertyDescription("How long after a stop no connection starts it, such as 5m.")
        @Pattern(TimeToLive.PATTERN)
        @Size(min = 2, max = 20)
        @Nullable String coolDown) {

  /** The program that listens has room for as many. */
  static final int MOST_PORTS = 16;

  static final int MOST_NETWORKS = 16;

  /** {@link #from}, empty for all. */
  public List<String> networks() {
    return from == null ? List.of() : from;
  }

  /** {@link #coolDown} as a duration, zero without one. */
  public Duration coolDownTime() {
    return coolDown == null ? Duration.ZERO : TimeToLive.duration(coolDown);
  }
}
