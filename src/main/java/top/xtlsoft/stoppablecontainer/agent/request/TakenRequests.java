package top.xtlsoft.stoppablecontainer.agent.request;

import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.Body;
import org.apache.camel.Exchange;
import org.apache.camel.Header;
import org.jspecify.annotations.Nullable;

/** What the last request says that the agent took from each pod that it follows. */
public final class TakenRequests {

  private final Map<String, Taken> taken = new ConcurrentHashMap<>();

  /** Of which pod, and which file of the pod's it is a copy of. */
  private record Taken(String podKey, String request, @Nullable RequestFile content) {}

  /** Begins to note requests of a pod. */
  void follow(String podUid, String podKey) {
    taken.put(podUid, new Taken(podKey, "", null));
  }

  /** Forgets a pod. */
  void forget(String podUid) {
    taken.remove(podUid);
  }

  /** Key of the pod that a copy is of, by the copy's name; empty when the pod is gone. */
  public String podKey(@Header(Exchange.FILE_NAME_ONLY) String copy) {
    return Optional.ofNullable(taken.get(podUid(copy))).map(Taken::podKey).orElse("");
  }

  /**
   * Notes what a copy says.
   *
   * @throws MismatchedInputException when it says nothing: JSON's null
   */
  public void note(
      @Header(Exchange.FILE_NAME_ONLY) String copy, @Body @Nullable RequestFile content)
      throws MismatchedInputException {
    if (content == null) {
      throw MismatchedInputException.from(null, RequestFile.class, "the request is null");
    }
    taken.computeIfPresent(
        podUid(copy), (uid, last) -> new Taken(last.podKey(), requestOf(copy), content));
  }

  /**
   * What a request of a pod says.
   *
   * @param request id of the file that the pod has now
   * @return empty when the agent has no readable copy of that very file (yet)
   */
  Optional<RequestFile> content(String podUid, String request) {
    return Optional.ofNullable(taken.get(podUid))
        .filter(last -> last.request().equals(request))
        .map(Taken::content);
  }

  /** Name of a copy in the inbox. A UID holds no dot. */
  static String nameOf(String podUid, String request) {
    return podUid + "." + request + ".json";
  }

  private static String podUid(String copy) {
    return copy.substring(0, copy.indexOf('.'));
  }

  private static String requestOf(String copy) {
    return copy.substring(copy.indexOf('.') + 1, copy.lastIndexOf('.'));
  }
}
