package io.treza.audit.internal.dockerfile;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds which words of an instruction start a heredoc: {@code <<EOF}, {@code 3<<-"EOF"}. */
final class Heredocs {
  private static final Pattern START =
      Pattern.compile("[0-9]*<<(-?)[\\t\\n\\f\\r ]*([^<]+)", Pattern.DOTALL);

  private Heredocs() {}

  /** The heredocs that the text starts, in order; each without content. */
  static List<Heredoc> startedBy(String text) throws SyntaxException {
    List<String> words;
    try {
      words = Expansion.of('\\').keepingQuotes().keepingEscapes().keepingUnset().words(text);
    } catch (SyntaxException leftToTheShell) {
      return List.of();
    }
    List<Heredoc> found = new ArrayList<>();
    for (String word : words) {
      start(word).ifPresent(found::add);
    }
    return found;
  }

  /** The heredoc that a word starts, without content. */
  static Optional<Heredoc> start(String word) throws SyntaxException {
    Matcher m = START.matcher(word);
    if (!m.matches()) {
      return Optional.empty();
    }
    Expansion plain = Expansion.of('\\').keepingUnset();
    List<String> names = plain.words(m.group(2));
    if (names.size() != 1) {
      return Optional.empty();
    }
    String name = names.get(0);
    String raw = plain.keepingQuotes().words(m.group(2)).get(0);
    return Optional.of(
        new Heredoc(name, quotes(name) == quotes(raw), !m.group(1).isEmpty(), ""));
  }

  private static long quotes(String text) {
    return text.chars().filter(c -> c == '\'' || c == '"').count();
  }
}
