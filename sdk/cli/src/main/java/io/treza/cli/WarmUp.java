package io.treza.cli;

import java.io.PrintWriter;
import java.io.Writer;

/**
 * Runs the usual commands once without effect, so that the launcher can record which classes a
 * start needs. Not for people.
 */
final class WarmUp {
  private WarmUp() {}

  public static void main(String[] args) {
    PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
    for (String[] command : new String[][] {
      {"--version"},
      {"attestation", "verify", "--help"},
      // No such file: everything up to the first byte of input.
      {"attestation", "verify", "--any-measurement", "--no-nonce", "--json", "/nonexistent"},
    }) {
      Treza.run(nowhere, nowhere, command);
    }
  }
}
