package io.treza.aws.internal.ec2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.platform.EnclaveListener;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A console is handed on whole and in order, as {@code parent.sh} really reads it from its parts. */
@Timeout(120)
class ConsoleLogTest {
  /** As much as an answer has. */
  private static final int PIECE = 15_000;

  @TempDir
  private Path directory;

  private final List<String> heard = new ArrayList<>();
  private ConsoleLog console = new ConsoleLog(this::logs, EnclaveListener.NONE);

  @BeforeEach
  void listen() {
    console = listening(this::logs);
  }

  private ConsoleLog listening(ConsoleLog.Reader reader) {
    return new ConsoleLog(reader, new EnclaveListener() {
      @Override
      public void log(Source source, String line) {
        heard.add(line);
      }

      @Override
      public void ended(String reason) {}
    });
  }

  private String logs(String from) throws IOException, InterruptedException {
    String script = Scripts.commands()
        .replace("{{ operation }}", "logs")
        .replace("{{ from }}", from)
        .replace("{{ enclave }}", "enc_1");
    ProcessBuilder builder = new ProcessBuilder("sh", "-c", script);
    builder.environment().put("TREZA_PARENT_DIRECTORY", directory.toString());
    Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(1, TimeUnit.MINUTES));
    assertEquals(0, process.exitValue());
    assertTrue(printed.length() < ParentCommands.MOST_OUTPUT, "Systems Manager would cut it off");
    return printed;
  }

  private void part(int number, String text) throws IOException {
    Files.writeString(directory.resolve("console." + number), text);
  }

  private static List<String> lines(int first, int end) {
    List<String> lines = new ArrayList<>();
    for (int i = first; i < end; i++) {
      lines.add("line " + i + " \u00fcber");
    }
    return lines;
  }

  @Test
  void nothingIsThereBeforeTheEnclavePrints() throws Exception {
    console.read();
    assertEquals(List.of(), heard);
  }

  @Test
  void moreThanAnAnswerHoldsComesInPiecesAlsoAcrossParts() throws Exception {
    String text = String.join("\n", lines(0, 4000)) + "\n";
    assertTrue(text.length() > 2 * PIECE);
    part(0, text.substring(0, 2 * PIECE));
    console.read();
    part(0, text.substring(0, 2 * PIECE + 5));
    part(1, text.substring(2 * PIECE + 5));
    console.read();
    assertEquals(lines(0, 4000), heard);
    console.read();
    assertEquals(4000, heard.size());
  }

  @Test
  void whatWasDeletedBeforeItWasReadIsSaidToBeLost() throws Exception {
    part(0, "early\n");
    console.read();
    Files.delete(directory.resolve("console.0"));
    part(9, "");
    part(10, "late\n");
    console.read();
    assertEquals("early", heard.get(0));
    assertTrue(heard.get(1).contains("are lost"), heard.get(1));
    assertEquals("late", heard.get(2));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "0-0\n***", "-1-0\n", "0-1\nA"})
  void whatIsNoPieceIsRefused(String answer) {
    ConsoleLog broken = listening(from -> answer);
    assertThrows(IOException.class, broken::read);
  }

  @Test
  void aLineWithoutEndIsHandedOnBeforeItFillsTheMemory() throws Exception {
    part(0, "x".repeat(70_000));
    console.read();
    assertEquals(1, heard.size());
    console.end();
    assertEquals(70_000, String.join("", heard).length());
  }

  @Test
  void anEnclaveThatPrintsWithoutEndDoesNotHoldItsReader() throws Exception {
    ConsoleLog endless = listening(from -> {
      int place = Integer.parseInt(from.substring(2)) + 3;
      return "0-" + place + "\n" + "eHgK";
    });
    endless.read();
    int first = heard.size();
    assertTrue(first > 0);
    endless.read();
    assertEquals(2 * first, heard.size());
  }
}
