package io.treza.audit.internal.readiness;

import com.fasterxml.jackson.databind.node.TextNode;
import io.treza.audit.internal.SecretPatterns;
import java.util.List;
import java.util.stream.Collectors;

/** Shows parts of a command or environment, secrets masked and long ones cut. */
final class CommandText {
  private static final int LONGEST = 200;

  private CommandText() {}

  /** A command in the form a Dockerfile has it. */
  static String json(List<String> command) {
    return command.stream()
        .map(item -> TextNode.valueOf(show(item)).toString())
        .collect(Collectors.joining(",", "[", "]"));
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
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "...";
  }
}
