package top.xtlsoft.stoppablecontainer.agent.request;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.agent.RequestType;

/**
 * {@code request.json}. Any process of the pod may have written it, so {@link #FORMAT} takes these
 * fields and nothing else.
 *
 * @param version of the protocol
 * @param type what the pod asks for
 * @param port to which a connection came; of a wake only
 * @param again whether a connection asks that had an address already; of a wake only
 */
public record RequestFile(
    @JsonProperty(required = true) int version,
    @JsonProperty(required = true) RequestType type,
    @Nullable Integer port,
    @Nullable Boolean again) {

  private static final int VERSION = 1;
  private static final int MOST_PORT = 65535;

  /**
   * Of an attach from a first root that is read-only: an agent that does not know this would make
   * the new root read-only as well, so it leaves such a request to the one that comes after it.
   */
  private static final int VERSION_READ_ONLY_FIRST = 2;

  /**
   * Reads a request from text. From bytes Jackson takes some names with a byte 0xff in them for
   * others.
   */
  public static final ObjectMapper FORMAT =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .build();

  public RequestFile {
    Objects.requireNonNull(type, "type");
    if (version != VERSION && !(version == VERSION_READ_ONLY_FIRST && type == RequestType.ATTACH)) {
      throw new IllegalArgumentException("no version of that type: " + version);
    }
    if ((type == RequestType.WAKE) != (port != null)) {
      throw new IllegalArgumentException("a wake names a port, and nothing else does");
    }
    if (again != null && type != RequestType.WAKE) {
      throw new IllegalArgumentException("only a wake asks again");
    }
    if (port != null && (port < 1 || port > MOST_PORT)) {
      throw new IllegalArgumentException("no port: " + port);
    }
  }
}
