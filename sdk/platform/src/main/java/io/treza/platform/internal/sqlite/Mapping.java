package io.treza.platform.internal.sqlite;

import static java.util.stream.Collectors.joining;

import io.treza.platform.BuiltImage;
import io.treza.platform.LaunchRequest;
import io.treza.platform.store.EnclaveStatus;
import io.treza.platform.store.StoredApiKey;
import io.treza.platform.store.StoredEnclave;
import io.treza.platform.store.StoredItem;
import io.treza.platform.store.StoredTask;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * How items of one kind lie in their table.
 *
 * @param table its name
 * @param columns beside id, wallet, created_at and version, which each table begins with
 * @param values what stands in those columns
 * @param reader makes an item of a row
 */
record Mapping<T extends StoredItem>(
    String table,
    List<String> columns,
    Function<T, List<Object>> values,
    Session.Reader<T> reader) {

  static final Mapping<StoredEnclave> ENCLAVES = new Mapping<>(
      "enclaves",
      List.of(
          "updated_at",
          "status",
          "attempts",
          "error_message",
          "asked",
          "image",
          "region",
          "cpu_count",
          "memory_mib",
          "debug_mode",
          "exposed_ports",
          "allowed_hosts",
          "built"),
      enclave -> List.of(
          enclave.updatedAt(),
          enclave.status(),
          enclave.attempts(),
          enclave.errorMessage(),
          enclave.asked(),
          enclave.launch().image(),
          enclave.launch().region(),
          enclave.launch().cpuCount(),
          enclave.launch().memoryMiB(),
          enclave.launch().debugMode(),
          enclave.launch().exposedPorts().stream().map(String::valueOf).collect(joining(" ")),
          String.join(" ", enclave.launch().allowedHosts()),
          enclave.built().map(BuiltImage::text)),
      row -> new StoredEnclave(
          new LaunchRequest(
              row.getString("id"),
              row.getString("image"),
              row.getString("region"),
              row.getInt("cpu_count"),
              row.getInt("memory_mib"),
              row.getBoolean("debug_mode"),
              words(row.getString("exposed_ports")).stream()
                  .map(Integer::valueOf)
                  .toList(),
              words(row.getString("allowed_hosts"))),
          row.getString("wallet"),
          row.getString("asked"),
          EnclaveStatus.valueOf(row.getString("status")),
          row.getInt("attempts"),
          Optional.ofNullable(row.getString("error_message")),
          Optional.ofNullable(row.getString("built")).map(BuiltImage::ofText),
          time(row, "created_at"),
          time(row, "updated_at"),
          row.getLong("version")));

  static final Mapping<StoredTask> TASKS = new Mapping<>(
      "tasks",
      List.of("updated_at", "name", "description", "enclave_id", "schedule", "status", "last_run"),
      task -> List.of(
          task.updatedAt(),
          task.name(),
          task.description(),
          task.enclaveId(),
          task.schedule(),
          task.status(),
          task.lastRun()),
      row -> new StoredTask(
          row.getString("id"),
          row.getString("wallet"),
          row.getString("name"),
          row.getString("description"),
          row.getString("enclave_id"),
          row.getString("schedule"),
          row.getString("status"),
          timeIfAny(row, "last_run"),
          time(row, "created_at"),
          time(row, "updated_at"),
          row.getLong("version")));

  static final Mapping<StoredApiKey> API_KEYS = new Mapping<>(
      "api_keys",
      List.of("updated_at", "name", "hash", "prefix", "permissions", "status", "last_used"),
      key -> List.of(
          key.updatedAt(),
          key.name(),
          key.hash(),
          key.prefix(),
          String.join(" ", key.permissions()),
          key.status(),
          key.lastUsed()),
      row -> new StoredApiKey(
          row.getString("id"),
          row.getString("wallet"),
          row.getString("name"),
          row.getString("hash"),
          row.getString("prefix"),
          words(row.getString("permissions")),
          row.getString("status"),
          timeIfAny(row, "last_used"),
          time(row, "created_at"),
          time(row, "updated_at"),
          row.getLong("version")));

  static Instant time(ResultSet row, String column) throws SQLException {
    return Instant.ofEpochMilli(row.getLong(column));
  }

  private static Optional<Instant> timeIfAny(ResultSet row, String column) throws SQLException {
    Instant time = time(row, column);
    return row.wasNull() ? Optional.empty() : Optional.of(time);
  }

  private static List<String> words(String text) {
    return text.isEmpty() ? List.of() : List.of(text.split(" "));
  }
}
