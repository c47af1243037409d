package io.treza.platform.internal;

import io.treza.platform.EnclaveListener;
import io.treza.platform.store.LogKind;
import io.treza.platform.store.LogLine;
import io.treza.platform.store.PlatformStore;
import io.treza.platform.store.StoreException;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes enclaves' logs, of bounded lines that no terminal or viewer takes for commands.
 *
 * <p>The text comes from whoever built the image, so control characters, which move a terminal's
 * cursor or forge further lines, and those that reorder text (Unicode 9, 3.4) become U+FFFD.
 */
final class LogBook {
  /** In UTF-16 units; what is over is cut, and marked so. */
  static final int MAX_LINE = 2000;

  private static final Logger LOG = LoggerFactory.getLogger(LogBook.class);
  private static final String CUT = "…";
  private static final char REPLACEMENT = '\uFFFD';

  private final PlatformStore store;
  private final InstantSource clock;

  LogBook(PlatformStore store, InstantSource clock) {
    this.store = store;
    this.clock = clock;
  }

  /** Adds a line. A log that cannot be written stops nothing. */
  void add(String enclaveId, LogKind kind, String text) {
    try {
      store.appendLog(enclaveId, new LogLine(clock.instant(), kind, clean(text)));
    } catch (StoreException e) {
      LOG.warn("A line of the log of {} is lost", enclaveId, e);
    }
  }

  /** Adds a line that a backend heard. */
  void add(String enclaveId, EnclaveListener.Source source, String text) {
    LogKind kind = switch (source) {
      case BUILD -> LogKind.BUILD;
      case BOOT -> LogKind.BOOT;
      case APPLICATION -> LogKind.APPLICATION;
    };
    add(enclaveId, kind, text);
  }

  static String clean(String text) {
    StringBuilder clean = new StringBuilder(Math.min(text.length(), MAX_LINE));
    int index = 0;
    while (index < text.length()) {
      int point = text.codePointAt(index);
      index += Character.charCount(point);
      if (clean.length() + Character.charCount(point) > MAX_LINE - CUT.length()
          && index < text.length()) {
        return clean.append(CUT).toString();
      }
      clean.appendCodePoint(harmless(point) ? point : REPLACEMENT);
    }
    return clean.toString();
  }

  private static boolean harmless(int point) {
    return point == '\t'
        || switch (Character.getType(point)) {
          case Character.CONTROL,
              Character.SURROGATE,
              Character.LINE_SEPARATOR,
              Character.PARAGRAPH_SEPARATOR -> false;
          // Zero-width joiners are a part of words; what overrides direction is not.
          case Character.FORMAT -> !reorders(point);
          default -> true;
        };
  }

  private static boolean reorders(int point) {
    return (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
  }
}
