package top.xtlsoft.stoppablecontainer.e2e.support;

import io.fabric8.kubernetes.client.dsl.ExecWatch;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.awaitility.Awaitility;

/**
 * A PostgreSQL client that commits one number after the other and prints each number that the
 * server has confirmed. It ends with its connection.
 */
public final class CommitStream implements AutoCloseable {

  /** Creates the table. */
  public static final String TABLE = "create table commits (n int primary key)";

  private static final String CLIENT =
      "seq %d 10000000 | sed 's/.*/insert into commits values (&) returning n;/'"
          + " | stdbuf -oL psql -U postgres -qtA -v ON_ERROR_STOP=1";

  private final ExecWatch client;
  private final ByteArrayOutputStream output;
  private final int first;

  private CommitStream(ExecWatch client, ByteArrayOutputStream output, int first) {
    this.client = client;
    this.output = output;
    this.first = first;
  }

  /** Starts with this number. */
  public static CommitStream open(TestNamespace ns, String pod, int first) {
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    ExecWatch client = ns.pod(pod).writingOutput(output).exec("sh", "-c", CLIENT.formatted(first));
    return new CommitStream(client, output, first);
  }

  /** The last confirmed number. */
  public int last() {
    String text = output.toString(StandardCharsets.UTF_8);
    String whole = text.substring(0, text.lastIndexOf('\n') + 1).strip();
    return whole.isEmpty()
        ? first - 1
        : Integer.parseInt(whole.substring(whole.lastIndexOf('\n') + 1));
  }

  /** Waits until this number is confirmed. */
  public void await(int number) {
    Awaitility.await("commit " + number).atMost(Timeouts.COMMAND).until(() -> last() >= number);
  }

  @Override
  public void close() {
    client.close();
  }
}
