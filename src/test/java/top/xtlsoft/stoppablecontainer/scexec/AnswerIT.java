package top.xtlsoft.stoppablecontainer.scexec;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** How sc-exec reads ready.json: strictly, within bounds, and without minding later additions. */
class AnswerIT {

  private record Case(String text, String complaint) {}

  /** Each of these ends the program with 125 and a complaint that holds the second text. */
  private static final List<Case> MALFORMED =
      List.of(
          new Case("", "an object is wanted"),
          new Case(" \n", "an object is wanted"),
          new Case("[]", "an object is wanted"),
          new Case("null", "an object is wanted"),
          new Case("{", "a string is wanted"),
          new Case("{}", "version, request or result is missing"),
          new Case("{\"version\":1,\"result\":\"ready\"}", "version, request or result is missing"),
          new Case("{\"version\"}", ": is wanted"),
          new Case("{\"version\":}", "a digit is wanted"),
          new Case("{\"version\":\"1\"}", "a digit is wanted"),
          new Case("{\"version\":1,\"version\":1}", "version is wanted once"),
          new Case("{\"version\":11111111111111111}", "version is wanted once"),
          new Case("{\"version\":1", "} is wanted"),
          new Case("{\"version\":1,}", "a string is wanted"),
          new Case("{\"version\":01}", "} is wanted"),
          new Case("{\"version\":1.}", "a digit is wanted"),
          new Case("{\"request\":1}", "a string is wanted"),
          new Case("{\"request\":\"1", "it ends inside a string"),
          new Case("{\"request\":\"1\\", "unknown escape"),
          new Case("{\"request\":\"\\x\"}", "unknown escape"),
          new Case("{\"request\":\"a\nb\"}", "control character in a string"),
          new Case("{\"request\":\"a\",\"request\":\"a\"}", "a key comes twice"),
          new Case("{\"cmd\":[],\"cmd\":[]}", "a key comes twice"),
          new Case("{\"cmd\":\"sh\"}", "[ is wanted"),
          new Case("{\"cmd\":[1]}", "a string is wanted"),
          new Case("{\"cmd\":[\"a\" \"b\"]}", "] is wanted"),
          new Case("{\"cmd\":[\"a\",]}", "a string is wanted"),
          new Case("{\"cmd\":[" + "\"\",".repeat(1024) + "\"\"]}", "too many words"),
          new Case("{\"cmd\":[\"\\u12\"]}", "four hexadecimal digits"),
          new Case("{\"cmd\":[\"\\u00zz\"]}", "four hexadecimal digits"),
          new Case("{\"cmd\":[\"\\u0000\"]}", "zero byte"),
          new Case("{\"cmd\":[\"a\0b\"]}", "zero byte"),
          new Case("{\"cmd\":[\"\\ud83d\"]}", "without the second"),
          new Case("{\"cmd\":[\"\\ud83d\\n\"]}", "without the second"),
          new Case("{\"cmd\":[\"\\ud83d\\u0041\"]}", "without the second"),
          new Case("{\"cmd\":[\"\\ude00\"]}", "without the first"),
          new Case("{\"later\":tru}", "a digit is wanted"),
          new Case("{\"later\":{\"a\":[1,{}}]}", "] is wanted"),
          new Case("{\"later\":" + "[".repeat(100) + "]".repeat(100) + "}", "nested too deeply"),
          new Case("{\"version\":1} {}", "text behind the object"),
          new Case("{\"later\":\"" + "x".repeat(64 * 1024) + "\"}", "longer than 65536 bytes"));

  /** Runs {@code echo ran} once for each answer, and returns what each run said and its code. */
  private static List<String> runWith(Container container, List<String> answers) {
    for (int i = 0; i < answers.size(); i++) {
      container.write("/cases/%03d".formatted(i), answers.get(i));
    }
    Finished finished =
        container.script(
            """
            for f in /cases/*; do
              cp $f /.sc-ready/ready.json
              said=$(timeout 10 $E echo ran 2>&1); echo "$? $said"
            done
            """);
    assertEquals(answers.size(), finished.lines().size(), finished::toString);
    return finished.lines();
  }

  @Test
  void refusesWhatIsMalformed() {
    try (Container container = Container.create()) {
      List<String> said = runWith(container, MALFORMED.stream().map(Case::text).toList());
      List<Executable> checks = new ArrayList<>();
      for (int i = 0; i < MALFORMED.size(); i++) {
        String line = said.get(i);
        Case malformed = MALFORMED.get(i);
        checks.add(
            () ->
                assertTrue(
                    line.startsWith("125 sc-exec: /.sc-ready/ready.json is ")
                        && line.contains(malformed.complaint()),
                    () -> malformed + " gave " + line));
      }
      assertAll(checks);
    }
  }

  @Test
  void readsWhateverIsWellFormed() {
    try (Container container = Container.create()) {
      String known =
          "\"version\":1,\"request\":\"1.2.3\",\"result\":\"ready\",\"root\":\"%s\""
              .formatted(container.firstRoot());
      List<String> answers =
          List.of(
              "{" + known + "}",
              " \t\r\n{ " + known.replace(":", " : ").replace(" : ", ":") + " } \n",
              "{" + known.replace("\":", "\"\n:\t") + "}",
              "{\"r\\u006fot\":null," + known + "}",
              "{" + known.replace("ready", "\\u0072eady") + "}",
              "{" + known + ",\"later\":{\"a\":[],\"b\":{},\"c\":[true,false,null,-0.5e+10,0]}}",
              "{" + known + ",\"later\":" + "[".repeat(15) + "]".repeat(15) + "}",
              "{" + known + ",\"later\":\"\\\"}\"}",
              "{" + known + ",\"cmd\":[" + "\"\",".repeat(1023) + "\"\"]}",
              "{" + known + " ".repeat(64 * 1024 - known.length() - 2) + "}");
      assertEquals(answers.stream().map(answer -> "0 ran").toList(), runWith(container, answers));
    }
  }
}
