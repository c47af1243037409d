package io.treza.audit.internal.scan;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A package URL (purl specification, "Rules for each purl component").
 *
 * @param name with its namespace, as in {@code github.com/a/b}
 * @param version empty if any
 */
record PackageUrl(String type, String name, String version, Map<String, String> qualifiers) {
  /** Reads one; empty if it is none. */
  static Optional<PackageUrl> parse(String text) {
    if (!text.startsWith("pkg:")) {
      return Optional.empty();
    }
    String rest = cut(text.substring("pkg:".length()), '#');
    int question = rest.indexOf('?');
    Map<String, String> qualifiers = new TreeMap<>();
    if (question >= 0) {
      for (String pair : rest.substring(question + 1).split("&")) {
        int equals = pair.indexOf('=');
        if (equals > 0) {
          qualifiers.put(
              pair.substring(0, equals).toLowerCase(Locale.ROOT),
              decoded(pair.substring(equals + 1)));
        }
      }
      rest = rest.substring(0, question);
    }
    rest = rest.replaceFirst("^/+", "");
    int slash = rest.indexOf('/');
    if (slash < 1) {
      return Optional.empty();
    }
    String type = rest.substring(0, slash).toLowerCase(Locale.ROOT);
    String name = rest.substring(slash + 1);
    // A scoped npm package may be written with a bare @, so a version starts after the last slash.
    int at = name.indexOf('@', name.lastIndexOf('/') + 2);
    String version = at < 0 ? "" : decoded(name.substring(at + 1));
    return Optional.of(
        new PackageUrl(type, decoded(at < 0 ? name : name.substring(0, at)), version, qualifiers));
  }

  private static String cut(String text, char end) {
    int index = text.indexOf(end);
    return index < 0 ? text : text.substring(0, index);
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return text;
    }
  }

  /** Whether all that this one says is so of {@code other}. */
  boolean covers(PackageUrl other) {
    return type.equals(other.type)
        && name.equals(other.name)
        && (version.isEmpty() || version.equals(other.version))
        && other.qualifiers.entrySet().containsAll(qualifiers.entrySet());
  }
}
