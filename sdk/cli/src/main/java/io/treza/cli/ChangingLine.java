package io.treza.cli;

import java.io.PrintWriter;

/** Tells of progress on standard error: in one line that changes, or in lines for a log. */
final class ChangingLine {
  private final PrintWriter err;
  private final boolean terminal;
  private String shown = "";

  ChangingLine(PrintWriter err, boolean terminal) {
    this.err = err;
    this.terminal = terminal;
  }

  /** As the one who started the command watches it or not. */
  static ChangingLine on(PrintWriter err) {
    return new ChangingLine(err, Boolean.getBoolean("treza.terminal"));
  }

  boolean changes() {
    return terminal;
  }

  /** Says something new; what has been said is not repeated. */
  void show(String text) {
    if (text.equals(shown)) {
      return;
    }
    if (terminal) {
      err.print("\r" + text + " ".repeat(Math.max(0, shown.length() - text.length())));
      err.flush();
    } else {
      err.println(text);
    }
    shown = text;
  }

  /** Says what goes on to who watches; a log needs no lines of what takes seconds. */
  void stage(String text) {
    if (terminal) {
      show(text);
    }
  }

  /** Ends a line that was to change further. */
  void end() {
    if (terminal && !shown.isEmpty()) {
      err.println();
    }
    shown = "";
  }
}
