package io.treza.publish;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Patterns match what they say, in a bounded number of steps whatever they are. */
class GlobTest {
  private static final String ACTION = "kms:generatedatakeypairwithoutplaintext";

  /** Counts how often a character was asked for. */
  private record Counted(String text, AtomicLong steps) implements CharSequence {
    @Override
    public char charAt(int index) {
      steps.incrementAndGet();
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return new Counted(text.substring(start, end), steps);
    }

    @Override
    public String toString() {
      return text;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "kms:decrypt, kms:decrypt, true",
    "kms:decrypt, kms:decrypts, false",
    "kms:decrypts, kms:decrypt, false",
    "*, kms:decrypt, true",
    "kms:de*, kms:decrypt, true",
    "*ecr*pt, kms:decrypt, true",
    "*ecr*ptx, kms:decrypt, false",
    "kms:?ecrypt, kms:decrypt, true",
    "kms:decrypt?, kms:decrypt, false",
    "*?t**, kms:decrypt, true",
    "k.s:decrypt, kms:decrypt, false",
    "*, '', true",
    "?, '', false",
  })
  void matchesWhatIamDoes(String pattern, String text, boolean matches) {
    assertEquals(matches, Glob.matches(pattern, text));
  }

  /** The same as the obvious, slow way, for all short patterns and texts. */
  @Test
  void agreesWithARegularExpression() {
    List<String> patterns = words(List.of("a", "b", "*", "?"), 5);
    List<String> texts = words(List.of("a", "b"), 5);
    for (String pattern : patterns) {
      Pattern regex = Pattern.compile(pattern.replace("*", ".*").replace("?", "."));
      for (String text : texts) {
        assertEquals(
            regex.matcher(text).matches(), Glob.matches(pattern, text), pattern + " of " + text);
      }
    }
  }

  /** All of at most so many letters. */
  private static List<String> words(List<String> letters, int longest) {
    List<String> words = new ArrayList<>(List.of(""));
    for (int i = 0; words.get(i).length() < longest; i++) {
      for (String letter : letters) {
        words.add(words.get(i) + letter);
      }
    }
    return words;
  }

  @ParameterizedTest
  @ValueSource(strings = {"*?", "*t", "?*", "*a*", "**", "*plaintext?", "*x"})
  void takesFewStepsHoweverHostileThePatternIs(String piece) {
    String pattern = piece.repeat(5000) + "!";
    AtomicLong steps = new AtomicLong();
    assertFalse(Glob.matches(new Counted(pattern, steps), new Counted(ACTION, steps)));
    assertTrue(
        steps.get() <= 3L * (pattern.length() + 1) * (ACTION.length() + 1), steps.toString());
    assertTrue(steps.get() <= 20_000 + 3L * ACTION.length() * ACTION.length(), steps.toString());
  }

  @Test
  void coversInTimeWhateverAStatementSays() {
    String actions = "\"" + "*e".repeat(20_000) + "\"";
    List<PolicyStatement> statements = PolicyStatement.parse(
        ("{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Resource\":\"*\",\"Action\":"
                + actions + "}}")
            .getBytes(UTF_8));
    assertFalse(statements.get(0).covers("kms:Decrypt"));
  }
}
