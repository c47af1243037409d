package io.treza.audit.internal.image;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.treza.audit.internal.SecretPatterns.ContentRule;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Finds any of a few short strings in many bytes, at about the speed of memory.
 *
 * <p>Of each string two overlapping pairs of bytes are known, the rarest it has; one of them lies at
 * an even distance from the start of the search, so only every second place is looked up.
 */
final class AnchorSearch {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int SHORTEST = 3;
  private static final String FREQUENT = " etaoinsrhldcumf";

  // By pair, the first byte in the low eight bits: the index of its candidates, 0 for none.
  private final byte[] pairs = new byte[1 << 16];
  private final List<List<Candidate>> candidates = new ArrayList<>(List.of(List.of()));
  private final int longest;

  /** A string, and how far behind its start one of its pairs is. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Candidate(ContentRule rule, byte[] anchor, int distance) {}

  /** What hears of strings that are found. */
  @FunctionalInterface
  interface Sink {
    /** Called for each place where an anchor of {@code rule} starts. */
    void found(ContentRule rule, int place);
  }

  AnchorSearch(List<ContentRule> rules) {
    int longestAnchor = 0;
    for (ContentRule rule : rules) {
      for (String text : rule.anchors()) {
        byte[] anchor = text.getBytes(US_ASCII);
        if (anchor.length < SHORTEST) {
          throw new IllegalArgumentException("an anchor of fewer than 3 bytes: " + text);
        }
        longestAnchor = Math.max(longestAnchor, anchor.length);
        int distance = rarest(text);
        add(new Candidate(rule, anchor, distance));
        add(new Candidate(rule, anchor, distance + 1));
      }
    }
    this.longest = longestAnchor;
  }

  /** Bytes of the longest string. */
  int longest() {
    return longest;
  }

  private void add(Candidate candidate) {
    int pair = pair(candidate.anchor, candidate.distance);
    if (pairs[pair] == 0) {
      if (candidates.size() > 0xff) {
        throw new IllegalArgumentException("more pairs than a byte can number");
      }
      pairs[pair] = (byte) candidates.size();
      candidates.add(new ArrayList<>());
    }
    candidates.get(pairs[pair] & 0xff).add(candidate);
  }

  /** Where the three bytes are that ordinary text has least often. */
  private static int rarest(String anchor) {
    int best = 0;
    for (int i = 1; i + SHORTEST <= anchor.length(); i++) {
      if (frequency(anchor, i) < frequency(anchor, best)) {
        best = i;
      }
    }
    return best;
  }

  private static int frequency(String text, int at) {
    int middle = frequency(text.charAt(at + 1));
    return frequency(text.charAt(at)) * middle + middle * frequency(text.charAt(at + 2));
  }

  private static int frequency(char c) {
    if (FREQUENT.indexOf(c) >= 0) {
      return 8;
    }
    return c >= 'a' && c <= 'z' ? 4 : 2;
  }

  private static int pair(byte[] bytes, int at) {
    return (bytes[at] & 0xff) | ((bytes[at + 1] & 0xff) << 8);
  }

  /**
   * Reports every string that starts at {@code from} or later and before {@code to}, and ends by
   * {@code limit}.
   */
  void find(byte[] bytes, int from, int to, int limit, Sink sink) {
    int end = Math.min(limit, to + longest);
    int at = from;
    for (; at + 8 <= end; at += 8) {
      long eight = (long) LONGS.get(bytes, at);
      int any = pairs[(int) eight & 0xffff]
          | pairs[(int) (eight >>> 16) & 0xffff]
          | pairs[(int) (eight >>> 32) & 0xffff]
          | pairs[(int) (eight >>> 48)];
      if (any != 0) {
        for (int i = at; i < at + 8; i += 2) {
          look(bytes, i, from, to, limit, sink);
        }
      }
    }
    for (; at + 2 <= end; at += 2) {
      look(bytes, at, from, to, limit, sink);
    }
  }

  private void look(byte[] bytes, int at, int from, int to, int limit, Sink sink) {
    int index = pairs[pair(bytes, at)] & 0xff;
    if (index == 0) {
      return;
    }
    for (Candidate candidate : candidates.get(index)) {
      byte[] anchor = candidate.anchor;
      int start = at - candidate.distance;
      if (start >= from
          && start < to
          && start + anchor.length <= limit
          && Arrays.equals(bytes, start, start + anchor.length, anchor, 0, anchor.length)) {
        sink.found(candidate.rule, start);
      }
    }
  }
}
