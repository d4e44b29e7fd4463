package top.xtlsoft.stoppablecontainer.e2e.support;

import io.fabric8.kubernetes.client.dsl.ExecWatch;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.awaitility.Awaitility;

/**
 * A client of a PostgreSQL that commits one number after the other, and tells each here when the
 * server has told that it is committed. It ends with its connection.
 */
public final class CommitStream implements AutoCloseable {

  /** What makes the table. */
  public static final String TABLE = "create table commits (n int primary key)";

  private static final String CLIENT =
      "seq %d 10000000 | sed 's/.*/insert into commits values (&) returning n;/'"
          + " | stdbuf -oL psql -U postgres -qtA -v ON_ERROR_STOP=1";

  private final ExecWatch client;
  private final ByteArrayOutputStream told;
  private final int first;

  private CommitStream(ExecWatch client, ByteArrayOutputStream told, int first) {
    this.client = client;
    this.told = told;
    this.first = first;
  }

  /** Begins with that number. */
  public static CommitStream open(TestNamespace ns, String pod, int first) {
    ByteArrayOutputStream told = new ByteArrayOutputStream();
    ExecWatch client = ns.pod(pod).writingOutput(told).exec("sh", "-c", CLIENT.formatted(first));
    return new CommitStream(client, told, first);
  }

  /** The last number whose commit was told. */
  public int last() {
    String text = told.toString(StandardCharsets.UTF_8);
    String whole = text.substring(0, text.lastIndexOf('\n') + 1).strip();
    return whole.isEmpty()
        ? first - 1
        : Integer.parseInt(whole.substring(whole.lastIndexOf('\n') + 1));
  }

  /** Waits until that number is committed. */
  public void await(int number) {
    Awaitility.await("commit " + number).atMost(Timeouts.COMMAND).until(() -> last() >= number);
  }

  @Override
  public void close() {
    client.close();
  }
}
