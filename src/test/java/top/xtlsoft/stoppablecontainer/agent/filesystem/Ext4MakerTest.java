package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Ext4MakerTest {

  /**
   * Of 32,768 blocks of 4 KiB each; the kernel refuses a last group without room for its tables.
   */
  @ParameterizedTest
  @CsvSource({
    "67108864, 16384",
    "67108865, 16384",
    "67112959, 16384",
    "134217728, 32768",
    "134221824, 32768",
    "142602240, 32768",
    "142606336, 34816",
    "17592186044416, 4294967296"
  })
  void leavesOutALastGroupWithoutRoom(long bytes, long blocks) {
    assertEquals(blocks, Ext4Maker.blocks(bytes));
  }
}
