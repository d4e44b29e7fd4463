package top.xtlsoft.stoppablecontainer.operator.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.ContainerPortBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.Wake;

/**
 * How a provider pod listens for its container, as spec.wake says.
 *
 * @param command the program {@code wake} with its arguments
 * @param ports the ports, with the names that the template gives them: a Service may ask for these
 */
public record WakeListener(List<String> command, List<ContainerPort> ports) {

  /** {@link #labels} of a pod that has none of them. */
  public static final String NO_LABELS = "{}";

  private static final ObjectMapper JSON = new ObjectMapper();

  /** The listener of a StoppableContainer; empty for one that connections do not start. */
  public static Optional<WakeListener> of(
      StoppableContainer resource, NormalizedTemplate template) {
    return Optional.ofNullable(resource.getSpec().wake())
        .map(wake -> new WakeListener(command(wake), ports(wake, template)));
  }

  /** All of it, to see whether a pod that exists listens so. */
  public String text() {
    return Stream.concat(
            command.stream().skip(1),
            ports.stream().map(port -> port.getName() + "=" + port.getContainerPort()))
        .collect(Collectors.joining(" "));
  }

  /**
   * The labels by which Services find the container, as JSON. Those that a provider pod has anyway
   * stay as they are.
   */
  public static String labels(StoppableContainer resource, NormalizedTemplate template) {
    Map<String, String> labels = new TreeMap<>(template.labels());
    labels.keySet().removeAll(ProviderPodFactory.labels(resource).keySet());
    try {
      return JSON.writeValueAsString(labels);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a map of strings can be written", e);
    }
  }

  /**
   * What changes between two answers of {@link #labels}; null for a label that goes. A pod's
   * annotation with the first of them may have been written by others: what it does not say stays.
   */
  public static Map<String, @Nullable String> changes(
      StoppableContainer resource, String now, String wanted) {
    Map<String, @Nullable String> changes = new TreeMap<>();
    read(now).keySet().forEach(label -> changes.put(label, null));
    changes.putAll(read(wanted));
    changes.keySet().removeAll(ProviderPodFactory.labels(resource).keySet());
    return changes;
  }

  private static Map<String, String> read(String labels) {
    try {
      return JSON.readValue(labels, new TypeReference<>() {});
    } catch (JsonProcessingException e) {
      return Map.of();
    }
  }

  private static List<String> command(Wake wake) {
    List<String> command = new ArrayList<>(List.of(InjectedVolumes.WAKE));
    wake.ports().forEach(port -> command.add("--port=" + port));
    wake.networks().forEach(network -> command.add("--from=" + network));
    return List.copyOf(command);
  }

  private static List<ContainerPort> ports(Wake wake, NormalizedTemplate template) {
    return template.stoppable().getPorts().stream()
        .filter(port -> port.getProtocol() == null || port.getProtocol().equals("TCP"))
        .filter(port -> port.getName() != null && wake.ports().contains(port.getContainerPort()))
        .map(
            port ->
                new ContainerPortBuilder()
                    .withName(port.getName())
                    .withContainerPort(port.getContainerPort())
                    .build())
        .toList();
  }
}
