package io.treza.platform.internal.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is read from a console: its lines, whose they are, and the last words. */
class ConsoleTest {
  private static List<String> cut(String text) throws IOException {
    List<String> lines = new ArrayList<>();
    ConsoleLines.cut(new StringReader(text), lines::add);
    return lines;
  }

  private static Console after(Emulation.Heard heard, String... lines) {
    Console console = new Console(heard);
    List.of(lines).forEach(console);
    return console;
  }

  @Test
  void linesEndAsASerialConsoleEndsThem() throws IOException {
    assertEquals(List.of("a", "", "b", "c"), cut("a\r\n\r\nb\r\r\nc"));
    assertEquals(List.of(), cut(""));
  }

  @Test
  void aLineWithoutAnEndIsCut() throws IOException {
    String longest = "x".repeat(ConsoleLines.LONGEST);
    assertEquals(List.of(longest, longest, "x"), cut(longest + longest + "x"));
    assertEquals(List.of(longest, ""), cut(longest + "\n\n"));
  }

  @Test
  void theApplicationsLinesBeginWhereInitSaysSo() {
    Emulation.Heard heard = new Emulation.Heard();
    Console console = after(heard, "kernel");
    assertFalse(console.started().isDone());
    // The kernel may have written into init's line.
    console.accept("[    1.0] treza-init: application started");
    assertTrue(console.started().isDone());
    console.accept("hello");
    assertEquals(
        List.of(
            "BOOT kernel", "BOOT [    1.0] treza-init: application started", "APPLICATION hello"),
        heard.lines());
  }

  @Test
  void theLastWordsAreInitsThenThePanicsThenAny() {
    Emulation.Heard heard = new Emulation.Heard();
    assertEquals("", after(heard).lastWords());
    assertEquals("b", after(heard, "a", "b", " ").lastWords());
    assertEquals(
        "Kernel panic - not syncing: x",
        after(heard, "[ 1] Kernel panic - not syncing: x", "[ 1] CPU: 0").lastWords());
    assertEquals(
        "treza-init: FAILED: agent: killed by signal 31",
        after(
                heard,
                "treza-init: application started",
                "treza-init: FAILED: agent: killed by signal 31",
                "[ 1] Kernel panic - not syncing: x")
            .lastWords());
    assertEquals(500, after(heard, "y".repeat(4000)).lastWords().length());
  }
}
