package io.treza.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

/** What the command says while it pulls. */
class PullingTest {
  private static final String DIGEST = "sha256:0123456789abcdef";

  private static String said(boolean terminal) {
    StringWriter text = new StringWriter();
    Pulling pulling = new Pulling(new PrintWriter(text), terminal);
    long total = 12_900_000;
    for (long done : new long[] {0, 1, total / 2, total}) {
      pulling.progress(DIGEST, done, total);
    }
    pulling.progress(DIGEST, 0, 0);
    return text.toString().replace(System.lineSeparator(), "\n");
  }

  @Test
  void logHasALineForEachBlob() {
    assertEquals(
        "pulling sha256:0123456789ab, 12.3 MiB\npulling sha256:0123456789ab, 0 bytes\n",
        said(false));
  }

  @Test
  void messageAfterABrokenPullStartsALine() {
    StringWriter text = new StringWriter();
    Pulling pulling = new Pulling(new PrintWriter(text), true);
    pulling.progress(DIGEST, 1, 2);
    pulling.end();
    pulling.end();
    assertEquals(
        "\rpulling sha256:0123456789ab  50% of 2 bytes" + System.lineSeparator(), text.toString());
  }

  @Test
  void terminalHasALineThatChanges() {
    assertEquals(
        "\rpulling sha256:0123456789ab   0% of 12.3 MiB"
            + "\rpulling sha256:0123456789ab  50% of 12.3 MiB"
            + "\rpulling sha256:0123456789ab 100% of 12.3 MiB\n"
            + "\rpulling sha256:0123456789ab 100% of 0 bytes\n",
        said(true));
  }
}
