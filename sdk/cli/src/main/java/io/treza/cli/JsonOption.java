package io.treza.cli;

import picocli.CommandLine.Option;

/** Whether a command answers as one line of JSON an object. */
final class JsonOption {
  @Option(names = "--json", description = "One JSON object a line.")
  private boolean json;

  boolean given() {
    return json;
  }
}
