package top.xtlsoft.stoppablecontainer.e2e.soak;

import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.e2e.support.NodeClient;

/**
 * A user that connects to a box by its Service, again and again until it is served. The box keeps
 * what it is sent in a file on disk, and sends it back from there. A fault may cut the connection,
 * which the user notices: only a whole answer counts, and then the file must be there.
 */
final class Caller {

  private static final int PORT = 7;

  /** More than the sockets of a connection that is held take. */
  private static final int BYTES = 1 << 20;

  private static final Duration SILENCE = Duration.ofSeconds(20);
  private static final Duration BACK_OFF = Duration.ofMillis(250);

  private final String box;
  private final String service;
  private final Watched watched;
  private final List<String> served = new ArrayList<>();
  private final List<String> losses = new ArrayList<>();
  private int calls;
  private int cut;
  private @Nullable String lastCut;
  private boolean isServed;
  private boolean isGone;

  /**
   * One that has not called yet.
   *
   * @param service the address of the Service
   */
  Caller(String box, String service, Watched watched) {
    this.box = box;
    this.service = service;
    this.watched = watched;
  }

  /** Calls until it is served, in the background. */
  void call() {
    Thread.ofVirtual().start(this::callUntilServed);
  }

  private void callUntilServed() {
    while (true) {
      int number = begin();
      if (number == 0) {
        return;
      }
      String file = box + "-" + number;
      byte[] request = request(file);
      try {
        end(file, request, NodeClient.exchange(service, PORT, request, SILENCE));
      } catch (IOException e) {
        cut(e.toString());
      }
      watched.pause(BACK_OFF);
    }
  }

  /** The number of the next call; 0 for none. */
  private synchronized int begin() {
    return isServed || isGone ? 0 : ++calls;
  }

  /** The name of the file, and bytes that only this call has. */
  private byte[] request(String file) {
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.writeBytes((file + "\n").getBytes(StandardCharsets.UTF_8));
    byte[] bytes = new byte[BYTES];
    new Random(file.hashCode()).nextBytes(bytes);
    request.writeBytes(bytes);
    return request.toByteArray();
  }

  private synchronized void end(String file, byte[] request, byte[] answer) {
    byte[] sent = Arrays.copyOfRange(request, request.length - BYTES, request.length);
    int same = Arrays.mismatch(sent, answer);
    if (same < 0) {
      served.add("/early/" + file);
      isServed = true;
    } else if (same < answer.length) {
      losses.add("the answer to %s differs after %d bytes".formatted(file, same));
      isServed = true;
    } else {
      // What is killed in the container ends so, in a plain pod as well.
      cut("an end after %d of %d bytes".formatted(answer.length, BYTES));
    }
  }

  private synchronized void cut(String how) {
    cut++;
    lastCut = how;
  }

  /** Calls anew when the cluster has forgotten the last call, which an older etcd does. */
  synchronized void callAgain() {
    if (isServed) {
      isServed = false;
      call();
    }
  }

  /** Waits until it is served. */
  void await(Watched watched, Deadline deadline) {
    try {
      watched.await("a connection to " + box, deadline, this::unserved);
    } finally {
      leave();
    }
    step("  the connection to %s is served%s", box, cut == 0 ? "" : ", %d were cut".formatted(cut));
  }

  private synchronized Optional<String> unserved() {
    return isServed
        ? Optional.empty()
        : Optional.of("%d cut, the last: %s".formatted(cut, lastCut));
  }

  private synchronized void leave() {
    isGone = true;
  }

  /** Files in the container that must be there. */
  List<String> served() {
    return served;
  }

  List<String> losses() {
    return losses;
  }

  /** How many connections were cut. */
  int cut() {
    return cut;
  }
}
