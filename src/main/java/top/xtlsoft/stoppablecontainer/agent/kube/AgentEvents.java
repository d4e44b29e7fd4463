package top.xtlsoft.stoppablecontainer.agent.kube;

import static java.net.HttpURLConnection.HTTP_CONFLICT;

import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.UUID;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;

/** Makes the Events of a node agent: of its node, and of StoppableContainers. */
public final class AgentEvents {

  /** The API server takes six digits of a second, no more and no fewer. */
  private static final DateTimeFormatter MICRO_TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX").withZone(ZoneOffset.UTC);

  /** Of an event of something without a namespace. */
  private static final String CLUSTER_NAMESPACE = "default";

  /** Bytes that the API server takes of a note. */
  private static final int MOST_NOTE_CHARS = 1000;

  /** With the hash behind it, a name has at most 253. */
  private static final int MOST_NAME_CHARS = 200;

  private final KubernetesClient client;
  private final String nodeName;
  private final Clock clock;

  public AgentEvents(KubernetesClient client, String nodeName, Clock clock) {
    this.client = client;
    this.nodeName = nodeName;
    this.clock = clock;
  }

  /** Says something of the agent's node, as a warning; the same note twice is one event. */
  public void ofNode(String reason, String note) {
    // The kubelet's events name the node in place of its UID, and that is what is looked for.
    create(
        new ObjectReferenceBuilder()
            .withApiVersion("v1")
            .withKind("Node")
            .withName(nodeName)
            .withUid(nodeName)
            .build(),
        true,
        reason,
        note);
  }

  /** Says something of the StoppableContainer that an instance belongs to. */
  public void ofOwner(StoppableContainerInstance instance, String reason, String note) {
    ofOwner(instance, false, reason, note);
  }

  /** The same, as a warning. */
  public void warnOwner(StoppableContainerInstance instance, String reason, String note) {
    ofOwner(instance, true, reason, note);
  }

  private void ofOwner(
      StoppableContainerInstance instance, boolean warning, String reason, String note) {
    Optional<OwnerReference> owner =
        instance.getMetadata().getOwnerReferences().stream().findFirst();
    owner.ifPresent(
        reference ->
            create(
                new ObjectReferenceBuilder()
                    .withApiVersion(reference.getApiVersion())
                    .withKind(reference.getKind())
                    .withNamespace(instance.getMetadata().getNamespace())
                    .withName(reference.getName())
                    .withUid(reference.getUid())
                    .build(),
                warning,
                reason,
                note));
  }

  private void create(ObjectReference regarding, boolean warning, String reason, String note) {
    String namespace =
        regarding.getNamespace() == null ? CLUSTER_NAMESPACE : regarding.getNamespace();
    String same = String.join("\n", regarding.getUid(), reason, note);
    Event event =
        new EventBuilder()
            .withNewMetadata()
            .withNamespace(namespace)
            .withName(
                cut(regarding.getName(), MOST_NAME_CHARS)
                    + "."
                    + UUID.nameUUIDFromBytes(same.getBytes(StandardCharsets.UTF_8)))
            .endMetadata()
            .withRegarding(regarding)
            .withType(warning ? "Warning" : "Normal")
            .withReason(reason)
            .withAction("Keep")
            .withNote(cut(note, MOST_NOTE_CHARS))
            .withReportingController(ApiNames.GROUP + "/" + ApiNames.AGENT_NAME)
            .withReportingInstance(nodeName)
            .withEventTime(new MicroTime(MICRO_TIME.format(clock.instant())))
            .build();
    try {
      client.resource(event).create();
    } catch (KubernetesClientException e) {
      if (e.getCode() != HTTP_CONFLICT) {
        throw e;
      }
    }
  }

  private static String cut(String text, int most) {
    return text.length() > most ? text.substring(0, most) : text;
  }
}
