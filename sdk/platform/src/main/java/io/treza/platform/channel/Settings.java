package io.treza.platform.channel;

import java.time.Duration;

/** What both builders demand of a setting. */
final class Settings {
  private Settings() {}

  static int positive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be at least 1, not " + value);
    }
    return value;
  }

  static Duration positive(String name, Duration value) {
    if (value.isNegative() || value.isZero()) {
      throw new IllegalArgumentException(name + " must be longer than nothing, not " + value);
    }
    return value;
  }
}
