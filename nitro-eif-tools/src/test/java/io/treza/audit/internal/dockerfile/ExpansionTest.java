package io.treza.audit.internal.dockerfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ExpansionTest {
  private static final Map<String, String> VALUES = Map.of(
      "a", "alpha",
      "empty", "",
      "p", "/usr/local/lib/x.tar.gz",
      "s", "one two",
      "n", "banana",
      "star", "a*b?c",
      "u", "çé");

  private static Expansion expansion(char escape) {
    return Expansion.of(escape).with(name -> Optional.ofNullable(VALUES.get(name)), new Budget());
  }

  static Stream<String> vectors() throws IOException {
    try (InputStream in = ExpansionTest.class.getResourceAsStream("expansion.tsv")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines();
    }
  }

  /** Each line: escape, word, whether BuildKit takes it, the word expanded, and split into words. */
  @ParameterizedTest
  @MethodSource("vectors")
  void expandsAsBuildKitDoes(String vector) throws SyntaxException {
    String[] columns = vector.split("\t", -1);
    Expansion expansion = expansion(columns[0].charAt(0));
    if (columns[2].equals("error")) {
      assertThrows(SyntaxException.class, () -> expansion.word(columns[1]));
      return;
    }
    assertEquals(columns[3], expansion.word(columns[1]).text());
    // Of a substitution in the midst of a word BuildKit's splitting forgets what came before it.
    if (!columns[1].matches(".+\\$\\{\\w+:?[^\\w}].*")) {
      assertEquals(columns[4], String.join("|", expansion.words(columns[1])));
    }
  }

  @Test
  void namesTheVariablesThatHaveNeitherValueNorDefault() throws SyntaxException {
    assertEquals(
        Set.of("x", "z"), expansion('\\').word("$x ${y:-1} \"${z%?}\" $a '$q'").unset());
  }

  @Test
  void substitutionsInEachOtherAreBounded() {
    String deep = "${x:-".repeat(100_000) + "}".repeat(100_000);
    assertTrue(assertThrows(SyntaxException.class, () -> expansion('\\').word(deep))
        .getMessage()
        .contains("50 deep"));
  }

  @Test
  void whatAWordExpandsToIsBounded() {
    String big = "x".repeat(40_000);
    Expansion expansion = Expansion.of('\\').with(name -> Optional.of(big), new Budget());
    assertTrue(assertThrows(SyntaxException.class, () -> expansion.word("$x$x"))
        .getMessage()
        .contains("65536"));
    Expansion replacing = Expansion.of('\\').with(name -> Optional.of(big), new Budget());
    assertThrows(SyntaxException.class, () -> replacing.word("${x//x/yyyyyyyyyy}"));
  }

  @Test
  void allExpansionsTogetherAreBounded() {
    String big = "a".repeat(60_000);
    Budget budget = new Budget();
    Expansion expansion = Expansion.of('\\').with(name -> Optional.of(big), budget);
    SyntaxException e = assertThrows(SyntaxException.class, () -> {
      for (int i = 0; i < 100_000; i++) {
        expansion.word("${x/*a*a*a*a*a*a*a*a*b/}");
      }
    });
    assertTrue(e.getMessage().contains("write values out"), e.getMessage());
  }
}
