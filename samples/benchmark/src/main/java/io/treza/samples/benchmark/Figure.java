package io.treza.samples.benchmark;

import java.util.Locale;

/** The lines of the table, in order, each with the target it is held against. */
enum Figure {
  RAW("raw verification, fresh key, µs of CPU", "", "%.0f"),
  COLD("nothing cached: 4 links and the document, × raw", "≤ 5.5", "%.2f"),
  NEW_LEAF("CA links cached, new leaf each, × raw", "≤ 2.4", "%.2f"),
  KNOWN_LEAF("leaf cached too, × raw", "≤ 1.3", "%.2f"),
  WRONG_NONCE("wrong nonce, % of accepting with the leaf cached", "≤ 5", "%.1f"),
  REST_KNOWN_LEAF("all but signatures, leaf cached, × raw", "< 0.1 with ACCP", "%.3f"),
  REST_COLD("all but signatures, nothing cached, × raw", "", "%.3f"),
  RAW_SCALING("two threads: raw, × the throughput of one", "", "%.2f"),
  SCALING("two threads: leaf cached, × raw's own scaling", "≥ 0.9", "%.2f"),
  BYTES_COLD("bytes allocated a document, nothing cached", "", "%,.0f"),
  BYTES_KNOWN_LEAF("bytes allocated a document, leaf cached", "", "%,.0f"),
  CACHE_HEAP("heap of a full cache, MB", "< 16", "%.1f"),
  CACHE_LINKS("links in it", "", "%.0f");

  private final String label;
  private final String target;
  private final String format;

  Figure(String label, String target, String format) {
    this.label = label;
    this.target = target;
    this.format = format;
  }

  String label() {
    return label;
  }

  String target() {
    return target;
  }

  String text(double value) {
    return String.format(Locale.ROOT, format, value);
  }
}
