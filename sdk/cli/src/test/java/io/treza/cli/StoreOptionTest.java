package io.treza.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A store that cannot be opened as it was written is refused before anything is served. */
class StoreOptionTest {
  @TempDir
  Path directory;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "file:path=a                            | knows no file, but dynamodb",
        "dynamodb                               | expected name=value",
        "dynamodb:                              | expected name=value",
        "dynamodb:table                         | expected name=value",
        "dynamodb:table=abc,table=def           | once of each name",
        "dynamodb:region=eu-central-1           | table is missing",
        "dynamodb:table=abc,colour=red          | colour is no setting",
        "dynamodb:table=abc,endpoint=http://h   | https://"
      })
  void settingsAreChecked(String store, String says) {
    CommandLineRun run = CommandLineRun.of(
        "serve",
        "--backend=simulated",
        "--port=0",
        "--images=" + directory,
        "--data=" + directory.resolve("data"),
        "--store=" + store);
    assertEquals(2, run.status(), run::toString);
    assertTrue(run.err().contains("--store: "), run::toString);
    assertTrue(run.err().contains(says), run::toString);
  }
}
