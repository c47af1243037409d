package io.treza.audit.internal.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.treza.audit.internal.SecretPatterns;
import io.treza.audit.internal.SecretPatterns.ContentRule;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;

/**
 * Looks for secrets in files that pass by, one after the other, in bounded time and memory.
 *
 * <p>Patterns are matched only around their anchors. Between two buffers as many bytes are kept as
 * a pattern may need to see.
 */
final class SecretScanner {
  private static final int BUFFER = 1 << 17;
  private static final int MOST_IN_FILE = 10;
  // Anchors alone are rare: in an honest image there are some thousands.
  private static final int MOST_TRIES_IN_FILE = 20_000;
  private static final int MOST_TRIES = 500_000;

  private final AnchorSearch search;
  private final int before;
  private final int after;
  private final byte[] window;
  private int filled;
  // Where the next anchor may start; up to here all is done.
  private int next;
  private long passed;
  private int tries;
  private int triesInFile;
  private List<Hit> hits = new ArrayList<>();
  private final Map<ContentRule, Long> ends = new HashMap<>();

  /**
   * A secret in a file.
   *
   * @param shown as much of it as may be shown
   * @param offset in the file
   */
  record Hit(ContentRule rule, String shown, long offset) {}

  /**
   * What was found in a file.
   *
   * @param hits in order; only the first few, if there are many
   * @param complete whether the whole file was looked at
   */
  record Scan(List<Hit> hits, boolean complete) {}

  SecretScanner() {
    List<ContentRule> rules = SecretPatterns.contentRules();
    this.search = new AnchorSearch(rules);
    // One character more, for what must not stand before or after.
    this.before = 1 + rules.stream().mapToInt(ContentRule::before).max().orElse(0);
    this.after = search.longest()
        + 1
        + rules.stream().mapToInt(ContentRule::length).max().orElse(0);
    this.window = new byte[before + after + BUFFER];
  }

  /** Reads the rest of a file. */
  void take(InputStream in) throws IOException {
    for (int n = 0; n >= 0; n = in.read(window, filled, window.length - filled)) {
      filled += n;
      makeRoom();
    }
  }

  /** Takes the next bytes of a file. */
  void take(byte[] bytes, int offset, int length) {
    int end = offset + length;
    for (int at = offset; at < end; ) {
      int n = Math.min(end - at, window.length - filled);
      System.arraycopy(bytes, at, window, filled, n);
      filled += n;
      at += n;
      makeRoom();
    }
  }

  private void makeRoom() {
    if (filled == window.length) {
      scan(filled - after);
      int keep = next - before;
      System.arraycopy(window, keep, window, 0, filled - keep);
      filled -= keep;
      next -= keep;
      passed += keep;
    }
  }

  /** What the file that ends here has; the next bytes are another's. */
  Scan finish() {
    scan(filled);
    Scan scan = new Scan(List.copyOf(hits), triesInFile < MOST_TRIES_IN_FILE && tries < MOST_TRIES);
    filled = 0;
    next = 0;
    passed = 0;
    triesInFile = 0;
    hits = new ArrayList<>();
    ends.clear();
    return scan;
  }

  private void scan(int to) {
    search.find(window, next, to, filled, this::match);
    next = Math.max(next, to);
  }

  private void match(ContentRule rule, int anchor) {
    if (hits.size() >= MOST_IN_FILE
        || triesInFile >= MOST_TRIES_IN_FILE
        || tries >= MOST_TRIES
        || passed + anchor < ends.getOrDefault(rule, 0L)) {
      return;
    }
    tries++;
    triesInFile++;
    int from = Math.max(0, anchor - rule.before() - 1);
    int to = Math.min(filled, anchor + rule.length() + 1);
    Matcher m = rule.pattern().matcher(new String(window, from, to - from, ISO_8859_1));
    while (m.find() && from + m.start() <= anchor) {
      if (from + m.end() > anchor) {
        hits.add(new Hit(rule, SecretPatterns.mask(m.group()), passed + from + m.start()));
        ends.put(rule, passed + from + m.end());
        return;
      }
    }
  }
}
