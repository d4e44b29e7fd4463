package top.xtlsoft.stoppablecontainer.manifests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.fabric8.kubernetes.api.model.Quantity;
import java.nio.file.Files;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaImproverTest {

  private static String users() throws Exception {
    return Files.readString(CrdManifests.FOLDER.resolve("stoppablecontainers.yaml"));
  }

  /** One number that Java can't hold would keep the operator from listing any of them. */
  @Test
  void everyNumberOfTheTemplateThatJavaHoldsIn32BitsHasItsBounds() throws Exception {
    Matcher unbounded =
        Pattern.compile("(\\w+):\\n +type: integer").matcher(users().split("status:\n")[0]);
    while (unbounded.find()) {
      String name = unbounded.group(1);
      // These are 64 bits wide in Java and in Go.
      assertFalse(
          !name.matches(
              ".*[sS]econds|runAsUser|runAsGroup|fsGroup|generation|items|observedGeneration"),
          name + " has no bounds");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "0.5", ".5", "1.", "100m", "1Gi", "1E", "1e3", "-1k", "+2", "5n"})
  void theQuantityPatternLetsInWhatGoReads(String quantity) throws Exception {
    Matcher pattern = Pattern.compile("pattern: (\\^\\[\\+-].*\\$)\n").matcher(users());
    assertEquals(true, pattern.find());
    assertEquals(true, quantity.matches(pattern.group(1)));
    new Quantity(quantity).getNumericalAmount();
  }
}
