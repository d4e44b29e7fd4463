package top.xtlsoft.stoppablecontainer.manifests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.math.BigDecimal;
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

  /** What the API server keeps as a number reaches the pod as text that it takes. */
  @ParameterizedTest
  @ValueSource(strings = {"1", "0.5", "1.0E-8", "1.5e-3", "1.0E21", "-1"})
  void numberBecomesQuantityThatGoReads(String number) throws Exception {
    Quantity read = Serialization.unmarshal(number, Quantity.class);
    String written = Serialization.asJson(read).replace("\"", "");
    Matcher pattern = Pattern.compile("pattern: (\\^\\[\\+-].*\\$)\n").matcher(users());
    assertEquals(true, pattern.find());
    assertEquals(true, written.matches(pattern.group(1)), written);
    assertEquals(
        0, new BigDecimal(number).compareTo(new Quantity(written).getNumericalAmount()), written);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "0.5", ".5", "1.", "100m", "1Gi", "1E", "1e3", "-1k", "+2", "5n"})
  void quantityPatternAcceptsTextThatGoReads(String quantity) throws Exception {
    Matcher pattern = Pattern.compile("pattern: (\\^\\[\\+-].*\\$)\n").matcher(users());
    assertEquals(true, pattern.find());
    assertEquals(true, quantity.matches(pattern.group(1)));
    new Quantity(quantity).getNumericalAmount();
  }

  /** The API server works on an exponent of many digits until a call of it times out. */
  @ParameterizedTest
  @ValueSource(strings = {"1e100", "1e99999999999", "1E-999", "1ei", "NaN", ""})
  void quantityPatternRefusesTheRest(String quantity) throws Exception {
    Matcher pattern = Pattern.compile("pattern: (\\^\\[\\+-].*\\$)\n").matcher(users());
    assertEquals(true, pattern.find());
    assertEquals(false, quantity.matches(pattern.group(1)));
  }
}
