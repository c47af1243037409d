package io.treza.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ChangingLineTest {
  private final StringWriter err = new StringWriter();

  private void tell(boolean terminal) {
    ChangingLine line = new ChangingLine(new PrintWriter(err, true), terminal);
    line.show("DEPLOYING");
    line.show("DEPLOYING");
    line.show("DONE");
    line.end();
    line.end();
  }

  @Test
  void aTerminalShowsOneLineThatIsWrittenOver() {
    tell(true);
    assertEquals("\rDEPLOYING\rDONE     " + System.lineSeparator(), err.toString());
  }

  @Test
  void aLogGetsALineForEachChange() {
    tell(false);
    assertEquals("DEPLOYING%nDONE%n".formatted(), err.toString());
  }
}
