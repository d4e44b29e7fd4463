package top.xtlsoft.stoppablecontainer.operator.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.operator.model.ResourceMetadata;
import top.xtlsoft.stoppablecontainer.operator.pass.Problem;

/** Creates objects, and distinguishes the ways in which that can fail. */
final class ObjectCreator {

  private static final int UNPROCESSABLE = 422;

  /** Quota, Pod Security, admission webhooks; a field that the API server finds invalid. */
  private static final Set<Integer> REFUSALS =
      Set.of(HttpURLConnection.HTTP_BAD_REQUEST, HttpURLConnection.HTTP_FORBIDDEN, UNPROCESSABLE);

  private final KubernetesClient client;
  private final ConditionReason refused;

  /**
   * @param refused reason of an object that the API server refuses
   */
  ObjectCreator(KubernetesClient client, ConditionReason refused) {
    this.client = client;
    this.refused = refused;
  }

  sealed interface Result<T> {
    /** The object exists: this call or an earlier pass created it. */
    record Present<T>(T object, boolean made) implements Result<T> {}

    /** The object does not exist. */
    record Absent<T>(Problem problem) implements Result<T> {}
  }

  /**
   * Creates an object that {@code owner} controls, if it is missing. An object of the same name
   * that another owner controls is not changed.
   */
  <T extends HasMetadata> Result<T> create(T desired, HasMetadata owner) {
    return create(desired, found -> ResourceMetadata.isControlledBy(found, owner));
  }

  /**
   * Creates an object if it is missing.
   *
   * @param isOwn whether an object of the same name is this one; another one is not changed
   */
  <T extends HasMetadata> Result<T> create(T desired, Predicate<T> isOwn) {
    String what = desired.getKind() + " " + desired.getMetadata().getName();
    try {
      return new Result.Present<>(client.resource(desired).create(), true);
    } catch (KubernetesClientException e) {
      boolean taken = e.getCode() == HttpURLConnection.HTTP_CONFLICT;
      boolean isRefused = REFUSALS.contains(e.getCode()) && !isOfGoingNamespace(e);
      if (!taken && !isRefused) {
        throw e;
      }
      // A quota refuses an object before the API server looks at its name, so the object can exist.
      T found = client.resource(desired).get();
      if (found != null && isOwn.test(found)) {
        return new Result.Present<>(found, false);
      }
      if (isRefused) {
        return new Result.Absent<>(refusal(what, remedy(desired), e));
      }
      if (found == null) {
        throw e;
      }
      return new Result.Absent<>(collision(what));
    }
  }

  private static Problem collision(String what) {
    return new Problem(
        ConditionReason.NAME_COLLISION,
        what
            + " exists and belongs to another owner. Delete or rename it, or create the"
            + " StoppableContainer under another name.",
        true);
  }

  /** The part of the spec that the object is made from. */
  private static String remedy(HasMetadata desired) {
    if (desired instanceof StoppableContainerSnapshot) {
      return "spec.snapshots or spec.source, which ask for it";
    }
    boolean isProvider =
        Optional.ofNullable(desired.getMetadata().getLabels())
            .map(labels -> labels.get(ApiNames.LABEL_ROLE))
            .filter(ApiNames.ROLE_PROVIDER::equals)
            .isPresent();
    return isProvider ? "spec.provider (metadata, resources, tolerations)" : "the template";
  }

  private Problem refusal(String what, String remedy, KubernetesClientException e) {
    return new Problem(
        refused,
        "The API server refuses "
            + what
            + ": "
            + serverMessage(e)
            + ". Change "
            + remedy
            + ", or what it is refused by (a quota, a limit range, a"
            + " policy); it is tried again by itself.",
        false);
  }

  /** The resource is deleted with its namespace, so there is no user to notify. */
  private static boolean isOfGoingNamespace(KubernetesClientException e) {
    return String.valueOf(e.getMessage()).contains("because it is being terminated");
  }

  /** The server's words, or else the client's. */
  static String serverMessage(KubernetesClientException e) {
    return e.getStatus() != null && e.getStatus().getMessage() != null
        ? e.getStatus().getMessage()
        : String.valueOf(e.getMessage());
  }
}
