package io.treza.audit.internal.readiness;

import com.fasterxml.jackson.databind.node.TextNode;
import io.treza.audit.internal.SecretPatterns;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/** Shows parts of an image in messages: secrets masked, on one line, and not at any length. */
final class CommandText {
  private static final int LONGEST = 200;
  private static final int MOST_ITEMS = 50;
  private static final int MOST_LISTED = 10;

  private CommandText() {}

  /** A command in the form a Dockerfile has it. */
  static String json(List<String> command) {
    return command.stream()
        .limit(MOST_ITEMS)
        .map(item -> TextNode.valueOf(show(item)).toString())
        .collect(Collectors.joining(",", "[", command.size() > MOST_ITEMS ? ",...]" : "]"));
  }

  /** The first of several things, and how many more there are. */
  static String list(Collection<String> items) {
    int more = items.size() - MOST_LISTED;
    String listed = items.stream().limit(MOST_LISTED).collect(Collectors.joining(", "));
    return more > 0 ? listed + " and " + more + " more" : listed;
  }

  /** One item; what looks like a secret is masked. */
  static String show(String item) {
    int equals = item.indexOf('=');
    if (equals > 0) {
      String name = item.substring(0, equals);
      String value = item.substring(equals + 1);
      if (SecretPatterns.variable(name.replaceFirst("^-+", ""), value).isPresent()) {
        return cut(name) + "=" + SecretPatterns.mask(value);
      }
    }
    String shown = item;
    List<SecretPatterns.Hit> hits = SecretPatterns.find(item);
    for (int i = hits.size() - 1; i >= 0; i--) {
      SecretPatterns.Hit hit = hits.get(i);
      if (hit.end() <= shown.length()) {
        shown = shown.substring(0, hit.start())
            + SecretPatterns.mask(item.substring(hit.start(), hit.end()))
            + shown.substring(hit.end());
      }
    }
    return cut(shown);
  }

  private static String cut(String text) {
    String line = text.replaceAll("\\p{Cntrl}", "?");
    return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "...";
  }
}
