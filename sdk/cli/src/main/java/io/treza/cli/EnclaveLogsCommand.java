package io.treza.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.sdk.LogEntry;
import io.treza.sdk.LogType;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code treza enclave logs}: what was logged about an enclave, or is. */
@Command(
    name = "logs",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Print the log of an enclave, oldest line first.")
final class EnclaveLogsCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Parameters(paramLabel = "ID", description = "The enclave.")
  private String id = "";

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      defaultValue = "all",
      description = "all, build, application, errors, or what else the platform knows. Default"
          + " ${DEFAULT-VALUE}.")
  private String type = "";

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "100",
      description = "How many of the newest lines. Default ${DEFAULT-VALUE}.")
  private int limit;

  @Option(
      names = "--follow",
      description = "Print all there are and then each new one, until the enclave is gone.")
  private boolean follow;

  @Option(
      names = "--poll",
      paramLabel = "D",
      defaultValue = "5s",
      converter = Durations.class,
      description = "How often to look for new ones. Default ${DEFAULT-VALUE}.")
  private Duration poll = Duration.ZERO;

  @Mixin
  private PlatformOptions platform = new PlatformOptions();

  @Mixin
  private JsonOption json = new JsonOption();

  @Override
  public Integer call() {
    return EnclaveAnswer.of(spec, () -> platform.client().pollInterval(poll), client -> {
      LogType wanted = new LogType(type);
      if (follow) {
        try (Stream<LogEntry> entries = client.followEnclaveLogs(id, wanted)) {
          entries.forEach(this::print);
        }
      } else {
        client.getEnclaveLogs(id, wanted, limit).logs().values().stream()
            .flatMap(List::stream)
            .sorted(Comparator.comparing((LogEntry e) -> e.timestamp().orElse(Instant.MIN)))
            .forEach(this::print);
      }
      return Treza.YES;
    });
  }

  private void print(LogEntry entry) {
    PrintWriter out = spec.commandLine().getOut();
    if (json.given()) {
      ObjectNode node = JsonMapper.builder().build().createObjectNode();
      put(node, "timestamp", entry.timestamp());
      put(node, "type", entry.type());
      put(node, "source", entry.source());
      put(node, "stream", entry.stream());
      out.println(node.put("message", entry.message()));
    } else {
      // The workload writes these lines: they must not steer the terminal or forge another line.
      out.println(Printable.text(entry.timestamp().map(time -> time + " ").orElse("")
          + entry.source().map(source -> "[" + source + "] ").orElse("")
          + entry.message().stripTrailing()));
    }
    if (follow) {
      out.flush();
    }
  }

  private static void put(ObjectNode node, String name, Optional<?> value) {
    value.ifPresent(v -> node.put(name, v.toString()));
  }
}
