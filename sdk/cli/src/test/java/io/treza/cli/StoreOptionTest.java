package io.treza.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
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
        "dynamodb:table=abc,endpoint=http://h   | insecure-emulator of treza serve"
      })
  void settingsAreChecked(String store, String says) {
    CommandLineRun run = serve(store);
    assertEquals(2, run.status(), run::toString);
    assertTrue(run.err().contains("--store: "), run::toString);
    assertTrue(run.err().contains(says), run::toString);
  }

  private CommandLineRun serve(String store) {
    return CommandLineRun.of(
        "serve",
        "--backend=simulated",
        "--port=0",
        "--images=" + directory,
        "--data=" + directory.resolve("data"),
        "--store=" + store);
  }

  @Test
  void aTableThatIsNotThereIsNoFailureOfThisProgram() throws Exception {
    HttpServer nothing =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    nothing.createContext("/", exchange -> {
      try (exchange) {
        byte[] answer =
            "{\"__type\": \"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException\"}"
                .getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(400, answer.length);
        exchange.getResponseBody().write(answer);
      }
    });
    nothing.start();
    try {
      CommandLineRun run = serve("dynamodb:table=abc,region=eu-central-1,insecure-emulator="
          + "http://127.0.0.1:" + nothing.getAddress().getPort());
      assertEquals(2, run.status(), run::toString);
      assertTrue(
          run.err().startsWith("treza: cannot serve: DynamoDB table abc in eu-central-1: "),
          run::toString);
      assertTrue(run.err().contains("create=true of treza serve"), run::toString);
    } finally {
      nothing.stop(0);
    }
  }
}
