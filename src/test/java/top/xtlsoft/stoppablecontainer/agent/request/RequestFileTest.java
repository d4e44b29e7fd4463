package top.xtlsoft.stoppablecontainer.agent.request;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import top.xtlsoft.stoppablecontainer.agent.RequestType;

class RequestFileTest {

  private static Optional<RequestType> parse(String content) {
    try {
      return Optional.ofNullable(RequestFile.FORMAT.readValue(content, RequestFile.class))
          .map(RequestFile::type);
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  @Test
  void readsBothRequests() {
    assertEquals(Optional.of(RequestType.MOUNT), parse("{\"version\":1,\"type\":\"mount\"}"));
    assertEquals(Optional.of(RequestType.ATTACH), parse("{\"type\":\"attach\",\"version\":1}\n"));
    assertEquals(Optional.of(RequestType.ATTACH), parse("{\"type\":\"attach\",\"version\":2}\n"));
  }

  @Test
  void readsAWakeWithItsPort() throws JsonProcessingException {
    RequestFile wake =
        RequestFile.FORMAT.readValue(
            "{\"version\":1,\"type\":\"wake\",\"port\":8080}\n", RequestFile.class);
    assertEquals(new RequestFile(1, RequestType.WAKE, 8080, null), wake);
    RequestFile again =
        RequestFile.FORMAT.readValue(
            "{\"version\":1,\"type\":\"wake\",\"port\":8080,\"again\":true}\n", RequestFile.class);
    assertEquals(new RequestFile(1, RequestType.WAKE, 8080, true), again);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "mount",
        "null",
        "[]",
        "{}",
        "{\"version\":1}",
        "{\"version\":2,\"type\":\"mount\"}",
        "{\"version\":3,\"type\":\"attach\"}",
        "{\"version\":\"1\",\"type\":\"mount\"}",
        "{\"version\":1.0,\"type\":\"mount\"}",
        "{\"version\":null,\"type\":\"mount\"}",
        "{\"version\":true,\"type\":\"mount\"}",
        "{\"version\":1,\"type\":\"umount\"}",
        "{\"version\":1,\"type\":\"MOUNT\"}",
        "{\"version\":1,\"type\":0}",
        "{\"version\":1,\"type\":null}",
        "{\"version\":1,\"type\":\"\"}",
        "{\"version\":1,\"type\":[\"mount\"]}",
        "{\"version\":1,\"type\":\"mount\",\"pid\":1}",
        "{\"version\":1,\"type\":\"mount\",\"port\":1}",
        "{\"version\":1,\"type\":\"wake\"}",
        "{\"version\":1,\"type\":\"wake\",\"port\":0}",
        "{\"version\":1,\"type\":\"wake\",\"port\":65536}",
        "{\"version\":1,\"type\":\"wake\",\"port\":\"80\"}",
        "{\"version\":1,\"type\":\"wake\",\"port\":99999999999}",
        "{\"version\":2,\"type\":\"wake\",\"port\":80}",
        "{\"version\":1,\"type\":\"wake\",\"port\":80,\"again\":1}",
        "{\"version\":1,\"type\":\"attach\",\"again\":true}",
        "{\"version\":1,\"type\":\"mount\",\"type\":\"attach\"}",
        "{\"version\":1,\"type\":\"mount\"}{}",
        "\u0000"
      })
  void ignoresAllElse(String content) {
    assertEquals(Optional.empty(), parse(content));
  }
}
