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
          || request.path("version").intValue() != VERSION
          || !request.path("type").isTextual()) {
        return Optional.empty();
      }
      return switch (request.path("type").textValue()) {
        case "mount" -> Optional.of(RequestType.MOUNT);
        case "attach" -> Optional.of(RequestType.ATTACH);
        default -> Optional.empty();
      };
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
