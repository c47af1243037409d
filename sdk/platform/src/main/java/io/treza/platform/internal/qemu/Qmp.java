package io.treza.platform.internal.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/** QEMU's machine protocol (docs/interop/qmp-spec of QEMU): one command a connection. */
final class Qmp {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int LONGEST_LINE = 1 << 16;

  private final JsonMapper json = JsonMapper.builder().build();
  private final Path socket;

  /** Speaks to the machine whose QMP socket this is. */
  Qmp(Path socket) {
    this.socket = socket;
  }

  /** Has a command without arguments executed. */
  void execute(String command) throws IOException {
    try (TimedSocket connection = TimedSocket.connect(socket, PATIENCE)) {
      connection.readLine(LONGEST_LINE); // the greeting
      call(connection, "qmp_capabilities");
      call(connection, command);
    } catch (IOException e) {
      throw new IOException("QEMU, told to " + command + ": " + e.getMessage(), e);
    }
  }

  private void call(TimedSocket connection, String command) throws IOException {
    String line = "{\"execute\":\"" + command + "\"}\n";
    connection.write(line.getBytes(StandardCharsets.US_ASCII));
    JsonNode answer;
    do {
      answer = json.readTree(connection.readLine(LONGEST_LINE));
    } while (answer.has("event")); // which may come at any time
    if (!answer.has("return")) {
      throw new IOException(answer.at("/error/desc").asText("an answer without a result"));
    }
  }
}
