package io.treza.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertLinesMatch;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What people get wrong is said in a line or two, in their own words. */
class MistakesTest {
  @TempDir
  Path dir;

  private CommandLineRun buildTo(String output) throws IOException {
    Path kernel = Files.writeString(dir.resolve("kernel"), "a kernel");
    return CommandLineRun.of(
        "eif",
        "build",
        "--kernel",
        kernel.toString(),
        "--cmdline",
        "quiet",
        "--ramdisk",
        kernel.toString(),
        "-o",
        output);
  }

  private void assertSays(CommandLineRun run, String message) throws IOException {
    assertEquals(2, run.status(), run.out());
    assertEquals("treza: " + message, run.err().strip());
    try (Stream<Path> files = Files.list(dir)) {
      assertEquals(
          List.of(dir.resolve("kernel")), files.filter(Files::isRegularFile).toList());
    }
  }

  @Test
  void directoryThatIsMissingIsNamedAsItIs() throws IOException {
    Path missing = dir.resolve("missing");
    assertSays(buildTo(missing.resolve("a.eif").toString()), missing + " does not exist");
  }

  @Test
  void directoryForAFileIsNamed() throws IOException {
    Path directory = Files.createDirectory(dir.resolve("out"));
    assertSays(buildTo(directory.toString()), directory + ": a directory; name a file");
  }

  @ParameterizedTest
  @CsvSource({
    "eif build, Missing required option: '--output-file=FILE', treza eif build --help",
    "eif build --docker-url x -o y, Unknown option: '--docker-url', treza eif build --help",
    "eif build --docker-uri x -o y, docker save x -o image.tar, treza eif build --help",
    "eif diff one, Missing required parameter: 'AFTER', treza eif diff --help",
    "eif build -o a --source-date today, Invalid value for option '--source-date', eif build --help",
    "eif build -o a --source-date 4294967296, that of SOURCE_DATE_EPOCH, eif build --help",
    "eif build -o a --source-date -1, that of SOURCE_DATE_EPOCH, eif build --help",
    "eif, Say which COMMAND to run, treza eif --help",
    "blob pull x, Did you mean: treza blobs?, treza --help",
  })
  void wrongOptionsAreSaidWithoutAPageOfUsage(String line, String says, String help) {
    List<String> args = new ArrayList<>(List.of(line.split(" ")));
    CommandLineRun run = CommandLineRun.of(args);
    assertEquals(2, run.status());
    assertEquals("", run.out());
    assertTrue(run.err().contains(says), run.err());
    assertTrue(run.err().strip().endsWith(help), run.err());
    assertTrue(run.err().lines().count() <= 3, run.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "eif", "blobs", "image", "pcrs", "kms", "eks", "enclave", "fleet"})
  void listsOfCommandsSayWholeSentences(String command) {
    List<String> args = new ArrayList<>(command.isEmpty() ? List.of() : List.of(command));
    args.add("--help");
    String help = CommandLineRun.of(args).out();
    String list = help.substring(help.indexOf("Commands:")).replaceFirst("(?s)Exit status:.*", "");
    for (String entry : list.replaceAll("\\R {4,}", " ").lines().skip(1).toList()) {
      assertTrue(entry.isBlank() || entry.endsWith("."), entry);
    }
  }

  @Test
  void wantOfMemoryIsNoAnswerAndSaidInALine() {
    StringWriter err = new StringWriter();
    Writer out = new Writer() {
      @Override
      public void write(char[] text, int from, int length) {
        throw new OutOfMemoryError("Java heap space");
      }

      @Override
      public void flush() {}

      @Override
      public void close() {}
    };
    int status = Treza.run(new PrintWriter(out), new PrintWriter(err), "--version");
    assertEquals(2, status);
    assertLinesMatch(
        List.of("treza: the [0-9]+ MiB .* give it more: TREZA_JAVA_OPTS=-Xmx2g"),
        err.toString().lines().toList());
  }
}
