package io.treza.cli;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads durations as people write them (90s, 5m, 2h, 7d) or as ISO 8601 does (PT5M). */
final class Durations implements ITypeConverter<Duration> {
  private static final Pattern SHORT = Pattern.compile("([0-9]{1,9})(s|m|h|d)");

  @Override
  public Duration convert(String value) {
    Matcher matcher = SHORT.matcher(value);
    String iso = value.toUpperCase(Locale.ROOT);
    if (matcher.matches()) {
      iso = (matcher.group(2).equals("d") ? "P" : "PT") + iso;
    }
    try {
      return Duration.parse(iso);
    } catch (DateTimeParseException e) {
      throw new TypeConversionException(
          "expected a duration like 90s, 5m, 2h, 7d or PT5M, not '" + value + "'");
    }
  }
}
