package io.treza.cli;

import java.io.PrintWriter;
import java.util.Locale;

/** Says on standard error how far pulling is: in one changing line, or in lines for a log. */
final class Pulling {
  private static final int DIGEST = "sha256:".length() + 12;

  private final PrintWriter err;
  private final boolean terminal;
  private String shown = "";

  Pulling(PrintWriter err, boolean terminal) {
    this.err = err;
    this.terminal = terminal;
  }

  void progress(String digest, long done, long total) {
    String blob = digest.substring(0, DIGEST);
    if (terminal) {
      String line = String.format(
          Locale.ROOT,
          "pulling %s %3d%% of %s",
          blob,
          total == 0 ? 100 : done * 100 / total,
          size(total));
      if (!line.equals(shown)) {
        err.print("\r" + line + " ".repeat(Math.max(0, shown.length() - line.length())));
        shown = line;
      }
      err.flush();
      if (done == total) {
        end();
      }
    } else if (done == 0) {
      err.println("pulling " + blob + ", " + size(total));
    }
  }

  /** Ends a line that was to change further. */
  void end() {
    if (!shown.isEmpty()) {
      err.println();
      shown = "";
    }
  }

  private static String size(long bytes) {
    return bytes < 1 << 20
        ? bytes + " bytes"
        : String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1 << 20));
  }
}
