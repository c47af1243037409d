package io.treza.platform.internal;

import java.security.SecureRandom;
import java.time.InstantSource;

/** New ids, as the original's: {@code <prefix>_<milliseconds>_<9 digits of base 36>}. */
final class Ids {
  private static final int DIGITS = 9;

  private final String prefix;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();

  Ids(String prefix, InstantSource clock) {
    this.prefix = prefix;
    this.clock = clock;
  }

  String next() {
    StringBuilder id =
        new StringBuilder(prefix).append('_').append(clock.millis()).append('_');
    for (int i = 0; i < DIGITS; i++) {
      id.append(Character.forDigit(random.nextInt(36), 36));
    }
    return id.toString();
  }
}
