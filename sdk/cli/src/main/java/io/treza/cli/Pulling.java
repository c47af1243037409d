package io.treza.cli;

import java.io.PrintWriter;
import java.util.Locale;

/** Says how far pulling is: where it begins, and on a terminal each percent. */
final class Pulling {
  private static final int DIGEST = "sha256:".length() + 12;

  private final ChangingLine line;

  Pulling(PrintWriter err, boolean terminal) {
    this.line = new ChangingLine(err, terminal);
  }

  void progress(String digest, long done, long total) {
    String blob = digest.substring(0, DIGEST);
    if (line.changes()) {
      line.show(String.format(
          Locale.ROOT,
          "pulling %s %3d%% of %s",
          blob,
          total == 0 ? 100 : done * 100 / total,
          size(total)));
      if (done == total) {
        end();
      }
    } else if (done == 0) {
      line.show("pulling " + blob + ", " + size(total));
    }
  }

  /** Ends a line that was to change further. */
  void end() {
    line.end();
  }

  /** A number of bytes, for people. */
  static String size(long bytes) {
    return bytes < 1 << 20
        ? bytes + " bytes"
        : String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1 << 20));
  }
}
