package io.treza.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;

/** One run of the command inside the test: its status and what it printed. */
record CommandLineRun(int status, String out, String err) {
  static CommandLineRun of(List<String> args) {
    return of(args.toArray(String[]::new));
  }

  static CommandLineRun of(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int status = Treza.run(new PrintWriter(out), new PrintWriter(err), args);
    return new CommandLineRun(status, out.toString(), err.toString());
  }
}
