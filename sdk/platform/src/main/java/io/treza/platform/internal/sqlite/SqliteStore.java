package io.treza.platform.internal.sqlite;

import io.treza.platform.store.ItemTable;
import io.treza.platform.store.LogEntry;
import io.treza.platform.store.LogKind;
import io.treza.platform.store.LogLine;
import io.treza.platform.store.PlatformStore;
import io.treza.platform.store.StoredApiKey;
import io.treza.platform.store.StoredEnclave;
import io.treza.platform.store.StoredRequest;
import io.treza.platform.store.StoredTask;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The platform's store in one file. */
public final class SqliteStore implements PlatformStore {
  /** How many lines of each kind an enclave keeps. */
  static final int LINES = 1000;

  private static final Duration REQUESTS_KEPT = Duration.ofDays(1);
  private static final Session.Reader<LogEntry> ENTRY = row -> new LogEntry(
      row.getLong("position"),
      new LogLine(
          Mapping.time(row, "time"),
          LogKind.valueOf(row.getString("kind")),
          row.getString("text")));

  private final Database database;
  private final SqliteTable<StoredEnclave> enclaves;
  private final SqliteTable<StoredTask> tasks;
  private final SqliteTable<StoredApiKey> apiKeys;
  /** Where a key was last found by its hash; looked at, and not trusted. */
  private final ConcurrentMap<String, String> keyIds = new ConcurrentHashMap<>();

  private SqliteStore(Database database) {
    this.database = database;
    this.enclaves = new SqliteTable<>(database, Mapping.ENCLAVES);
    this.tasks = new SqliteTable<>(database, Mapping.TASKS);
    this.apiKeys = new SqliteTable<>(database, Mapping.API_KEYS);
  }

  /**
   * Opens a store, and makes it if the file is missing.
   *
   * @param file in a directory that exists
   * @throws IOException if another server holds it, it is no database, or of a later release
   */
  public static SqliteStore open(Path file) throws IOException {
    Database database = new Database(file);
    // Lines that came, or were still to be deleted, when their enclave had been.
    database.writeRelaxed(session ->
        session.update("delete from logs where enclave_id not in (select id from enclaves)"));
    return new SqliteStore(database);
  }

  @Override
  public ItemTable<StoredEnclave> enclaves() {
    return enclaves;
  }

  @Override
  public ItemTable<StoredTask> tasks() {
    return tasks;
  }

  @Override
  public ItemTable<StoredApiKey> apiKeys() {
    return apiKeys;
  }

  @Override
  public Optional<StoredApiKey> apiKeyByHash(String hash) {
    return Optional.ofNullable(keyIds.get(hash))
        .flatMap(apiKeys::find)
        .filter(key -> key.hash().equals(hash))
        .or(() -> {
          Optional<StoredApiKey> found = apiKeys.findBy("hash", hash);
          found.ifPresent(key -> remember(hash, key.id()));
          return found;
        });
  }

  /** Keys come and go, but a hash would stay. */
  private void remember(String hash, String id) {
    if (keyIds.size() >= SqliteTable.MAX_CACHED) {
      keyIds.clear();
    }
    keyIds.put(hash, id);
  }

  @Override
  public Optional<StoredRequest> request(String key) {
    return database
        .read(session -> session.query(
            "select * from requests where request_key = ?",
            row -> new StoredRequest(
                row.getString("request_key"),
                row.getString("body_hash"),
                row.getString("enclave_id"),
                Mapping.time(row, "created_at")),
            key))
        .stream()
        .findFirst();
  }

  @Override
  public boolean insertOnce(StoredEnclave enclave, StoredRequest request) {
    return database.write(session -> {
      boolean done = session.transaction(() -> insertBoth(session, enclave, request));
      if (done) {
        enclaves.cache(enclave);
      }
      return done;
    });
  }

  private boolean insertBoth(Session session, StoredEnclave enclave, StoredRequest request)
      throws SQLException {
    session.update(
        "delete from requests where created_at < ?", request.createdAt().minus(REQUESTS_KEPT));
    int added = session.update(
        "insert into requests (request_key, body_hash, enclave_id, created_at)"
            + " values (?, ?, ?, ?) on conflict do nothing",
        request.key(),
        request.bodyHash(),
        request.enclaveId(),
        request.createdAt());
    return added == 1 && enclaves.insert(session, enclave);
  }

  @Override
  public void appendLog(String enclaveId, LogLine line) {
    database.writeRelaxed(session -> session.transaction(() -> {
      session.update(
          "insert into logs (enclave_id, kind, time, text) values (?, ?, ?, ?)",
          enclaveId,
          line.kind(),
          line.time(),
          line.text());
      session.update(
          "delete from logs where enclave_id = ?1 and kind = ?2 and position <= (select position"
              + " from logs where enclave_id = ?1 and kind = ?2 order by position desc"
              + " limit 1 offset ?3)",
          enclaveId,
          line.kind(),
          LINES);
      return true;
    }));
  }

  @Override
  public List<LogEntry> newestLogs(String enclaveId, Set<LogKind> kinds, int limit) {
    return logs("order by position desc limit ?", enclaveId, kinds, limit);
  }

  @Override
  public List<LogEntry> logsAfter(String enclaveId, Set<LogKind> kinds, long position, int limit) {
    return logs("and position > ? order by position limit ?", enclaveId, kinds, position, limit);
  }

  private List<LogEntry> logs(
      String which, String enclaveId, Set<LogKind> kinds, Object... further) {
    String marks = kinds.stream().map(kind -> "?").collect(Collectors.joining(", "));
    Object[] values = Stream.of(Stream.of(enclaveId), kinds.stream(), Stream.of(further))
        .flatMap(part -> part)
        .toArray();
    return database.read(session -> session.query(
        "select * from logs where enclave_id = ? and kind in (" + marks + ") " + which,
        ENTRY,
        values));
  }

  @Override
  public void deleteLogs(String enclaveId) {
    database.writeRelaxed(
        session -> session.update("delete from logs where enclave_id = ?", enclaveId));
  }

  @Override
  public void close() {
    database.close();
    List.of(enclaves, tasks, apiKeys).forEach(SqliteTable::forget);
  }
}
