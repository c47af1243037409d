package io.treza.audit.internal.image;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.treza.audit.internal.SecretPatterns;
import io.treza.audit.internal.SecretPatterns.ContentRule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnchorSearchTest {
  private static final List<ContentRule> RULES = SecretPatterns.contentRules();

  private static List<String> find(byte[] bytes, int from, int to, int limit) {
    List<String> found = new ArrayList<>();
    new AnchorSearch(RULES)
        .find(bytes, from, to, limit, (rule, place) -> found.add(rule.id() + " " + place));
    Collections.sort(found);
    return found;
  }

  private static List<String> naive(byte[] bytes, int from, int to, int limit) {
    String text = new String(bytes, 0, limit, US_ASCII);
    List<String> found = new ArrayList<>();
    for (ContentRule rule : RULES) {
      for (String anchor : rule.anchors()) {
        for (int at = text.indexOf(anchor, from); at >= 0 && at < to; ) {
          found.add(rule.id() + " " + at);
          at = text.indexOf(anchor, at + 1);
        }
      }
    }
    Collections.sort(found);
    return found;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void findsWhatALookAtEveryPlaceFinds(long seed) {
    Random random = new Random(seed);
    List<String> anchors = RULES.stream().flatMap(r -> r.anchors().stream()).toList();
    StringBuilder text = new StringBuilder();
    while (text.length() < 20_000) {
      // Whole anchors, parts of them, and noise, at even and odd places.
      String anchor = anchors.get(random.nextInt(anchors.size()));
      text.append(anchor, 0, 1 + random.nextInt(anchor.length()));
      text.append("x".repeat(random.nextInt(4)));
    }
    byte[] bytes = text.toString().getBytes(US_ASCII);
    for (int i = 0; i < 200; i++) {
      int from = random.nextInt(bytes.length / 2);
      int to = from + random.nextInt(bytes.length - from);
      int limit = to + random.nextInt(bytes.length - to + 1);
      assertEquals(naive(bytes, from, to, limit), find(bytes, from, to, limit));
    }
  }

  @Test
  void anchorsAtBothEndsAreFound() {
    byte[] bytes = "AKIA AKIA".getBytes(US_ASCII);
    assertEquals(List.of("aws-access-key 0", "aws-access-key 5"), find(bytes, 0, 9, 9));
    assertEquals(List.of("aws-access-key 0"), find(bytes, 0, 9, 8));
    assertEquals(List.of("aws-access-key 5"), find(bytes, 1, 9, 9));
  }

  @Test
  void anAnchorTooShortToTellApartIsRefused() {
    ContentRule rule = new ContentRule("x", "x", List.of("ab"), 0, 2, Pattern.compile("ab"));
    assertThrows(IllegalArgumentException.class, () -> new AnchorSearch(List.of(rule)));
  }
}
