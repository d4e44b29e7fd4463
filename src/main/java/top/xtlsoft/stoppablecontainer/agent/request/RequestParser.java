package top.xtlsoft.stoppablecontainer.agent.request;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.agent.RequestType;

/** Reads request.json, which whoever runs in the pod may have written. */
public final class RequestParser {

  private static final int VERSION = 1;

  /**
   * Of an attach from a first root that is read-only: an agent that does not know this would make
   * the new root read-only as well, so it leaves such a request to the one that comes after it.
   */
  private static final int VERSION_READ_ONLY_FIRST = 2;

  private static final ObjectReader STRICT =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .build()
          .readerFor(JsonNode.class);

  private RequestParser() {}

  /** What is asked for; empty when the content is no request of a version that is known. */
  public static Optional<RequestType> parse(byte[] content) {
    try {
      // As text: Jackson's reader of bytes takes some names with a byte 0xff in them for others.
      JsonNode request = STRICT.readTree(new String(content, UTF_8));
      if (!request.isObject()
          || request.size() != 2
          || !request.path("version").isInt()
          || !request.path("type").isTextual()) {
        return Optional.empty();
      }
      int version = request.path("version").intValue();
      return switch (request.path("type").textValue()) {
        case "mount" -> Optional.of(RequestType.MOUNT).filter(type -> version == VERSION);
        case "attach" ->
            Optional.of(RequestType.ATTACH)
                .filter(type -> version == VERSION || version == VERSION_READ_ONLY_FIRST);
        default -> Optional.empty();
      };
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
