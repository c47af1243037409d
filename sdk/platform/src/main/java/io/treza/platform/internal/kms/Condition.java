package io.treza.platform.internal.kms;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * One condition of a statement (IAM User Guide, "Condition operators"): several values are
 * alternatives, and a negated operator also holds where the key is missing.
 *
 * @param operator for example {@code StringEqualsIgnoreCase}; the same in upper and lower case
 * @param key for example {@code kms:RecipientAttestation:PCR0}
 */
record Condition(String operator, String key, List<String> values) {
  private static final String IF_EXISTS = "ifexists";
  private static final Set<String> STRINGS = Set.of(
      "stringequals",
      "stringnotequals",
      "stringequalsignorecase",
      "stringnotequalsignorecase",
      "stringlike",
      "stringnotlike");

  /** Whether a condition holds. */
  enum Holds {
    YES,
    NO,
    /** The operator or the key is none of those known, or a value has a policy variable. */
    UNKNOWN;

    static Holds of(boolean holds) {
      return holds ? YES : NO;
    }
  }

  Holds holds(ConditionContext context) {
    if (!ConditionContext.isKnown(key)) {
      return Holds.UNKNOWN;
    }
    Optional<String> actual = context.value(key);
    String name = operator.toLowerCase(Locale.ROOT);
    if (name.equals("null")) {
      return isNull(actual.isEmpty());
    }
    boolean ifExists = name.endsWith(IF_EXISTS);
    String base = ifExists ? name.substring(0, name.length() - IF_EXISTS.length()) : name;
    if (!STRINGS.contains(base) || values.stream().anyMatch(value -> value.contains("${"))) {
      return Holds.UNKNOWN;
    }
    if (actual.isEmpty() && ifExists) {
      return Holds.YES;
    }
    boolean any =
        actual.isPresent() && values.stream().anyMatch(value -> matches(base, value, actual.get()));
    return Holds.of(base.contains("not") != any);
  }

  private Holds isNull(boolean missing) {
    Set<String> wanted = Set.copyOf(values);
    if (!Set.of("true", "false").containsAll(wanted)) {
      return Holds.UNKNOWN;
    }
    return Holds.of(wanted.contains(missing ? "true" : "false"));
  }

  private static boolean matches(String base, String value, String actual) {
    if (base.endsWith("like")) {
      return glob(value).matcher(actual).matches();
    }
    return base.endsWith("ignorecase") ? actual.equalsIgnoreCase(value) : actual.equals(value);
  }

  /**
   * An asterisk is any characters, a question mark is one, and nothing else is special. Between
   * asterisks the first place that fits is taken for good, so that no pattern takes long.
   */
  static Pattern glob(String text) {
    String[] pieces = text.split("\\*", -1);
    int last = pieces.length - 1;
    StringBuilder regex = new StringBuilder(piece(pieces[0]));
    for (int i = 1; i < last; i++) {
      regex.append("(?>.*?").append(piece(pieces[i])).append(')');
    }
    if (last > 0) {
      regex.append(".*").append(piece(pieces[last]));
    }
    return Pattern.compile(regex.toString(), Pattern.DOTALL);
  }

  private static String piece(String text) {
    StringBuilder regex = new StringBuilder();
    text.codePoints()
        .forEach(c -> regex.append(c == '?' ? "." : Pattern.quote(Character.toString(c))));
    return regex.toString();
  }
}
