package top.xtlsoft.stoppablecontainer.agent.cri;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.InvalidProtocolBufferException;
import top.xtlsoft.stoppablecontainer.agent.cri.v1.ImageStatusResponse;

/** What a container runtime answers, under a fuzzer. */
class ImageGatewayFuzzTest {

  @FuzzTest
  void readsWhatTheRuntimeTellsOfAnImage(byte[] content) {
    read(new String(content, UTF_8));
  }

  @FuzzTest
  void readsTheRuntimesAnswers(byte[] content) {
    try {
      ImageStatusResponse answer = ImageStatusResponse.parseFrom(content);
      answer.getInfoMap().values().forEach(ImageGatewayFuzzTest::read);
    } catch (InvalidProtocolBufferException e) {
      // gRPC makes a StatusRuntimeException of it, as of any answer that can't be read.
    }
  }

  private static void read(String info) {
    ImageGateway.parse(info);
    ImageGateway.parseLayers(info);
  }
}
