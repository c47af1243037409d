package io.treza.platform.internal.qemu;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Cuts what a program writes into lines, of which none is longer than what one wants to keep. */
final class ConsoleLines {
  static final int LONGEST = 4096;

  private ConsoleLines() {}

  /**
   * Reads to the end, in a thread of its own.
   *
   * @param end called after the last line
   */
  static void read(InputStream output, String name, Consumer<String> lines, Runnable end) {
    Thread thread = new Thread(
        () -> {
          try (Reader reader = new InputStreamReader(output, StandardCharsets.UTF_8)) {
            cut(reader, lines);
          } catch (IOException e) {
            lines.accept("(" + name + ": no more output: " + e.getMessage() + ")");
          } finally {
            end.run();
          }
        },
        "treza-" + name);
    thread.setDaemon(true);
    thread.start();
  }

  /** A serial console ends lines with a carriage return as well, and sometimes with several. */
  static void cut(Reader reader, Consumer<String> lines) throws IOException {
    StringBuilder line = new StringBuilder();
    char[] buffer = new char[LONGEST];
    for (int count = reader.read(buffer); count >= 0; count = reader.read(buffer)) {
      for (int i = 0; i < count; i++) {
        if (buffer[i] == '\n' || line.length() == LONGEST) {
          lines.accept(line.toString());
          line.setLength(0);
        }
        if (buffer[i] != '\n' && buffer[i] != '\r') {
          line.append(buffer[i]);
        }
      }
    }
    if (!line.isEmpty()) {
      lines.accept(line.toString());
    }
  }
}
