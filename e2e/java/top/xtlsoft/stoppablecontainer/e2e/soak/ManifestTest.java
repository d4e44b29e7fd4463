package top.xtlsoft.stoppablecontainer.e2e.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class ManifestTest {

  private static final String BEFORE =
      "stat\t/a\tregular file 644\nsha256\t/a\tabc\nstat\t/b\tdirectory 755\nend\n";

  @Test
  void tellsNothingOfWhatIsTheSame() {
    assertEquals(List.of(), Manifest.parse(BEFORE).lossesSince(Manifest.parse(BEFORE)));
  }

  @Test
  void tellsWhatChangedWhatIsGoneAndWhatCameBack() {
    Manifest now =
        Manifest.parse("stat\t/a\tregular file 600\nsha256\t/a\tabc\nlink\t/c\tx\nend\n");

    List<String> losses = now.lossesSince(Manifest.parse(BEFORE));

    assertEquals(
        List.of(
            "link /c%n    was: not there%n    is:  x".formatted(),
            "stat /a%n    was: regular file 644%n    is:  regular file 600".formatted(),
            "stat /b%n    was: directory 755%n    is:  not there".formatted()),
        losses);
  }

  @Test
  void refusesWhatWasCutOff() {
    assertThrows(IllegalStateException.class, () -> Manifest.parse("stat\t/a\tregular file"));
    assertThrows(IllegalStateException.class, () -> Manifest.parse(""));
    assertThrows(IllegalStateException.class, () -> Manifest.parse("stat\t/a\nend\n"));
  }
}
