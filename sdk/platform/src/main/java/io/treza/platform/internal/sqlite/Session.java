package io.treza.platform.internal.sqlite;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A connection and the statements it has prepared. For one thread at a time. */
final class Session implements AutoCloseable {
  private final Connection connection;
  private final Map<String, PreparedStatement> prepared = new HashMap<>();

  Session(Connection connection) {
    this.connection = connection;
  }

  /** Makes something of the row that the result set is at. */
  @FunctionalInterface
  interface Reader<T> {
    T read(ResultSet row) throws SQLException;
  }

  /** Several statements that take effect together or not at all. */
  @FunctionalInterface
  interface Work {
    boolean run() throws SQLException;
  }

  /** The rows of a query, each made into something. */
  <T> List<T> query(String sql, Reader<T> reader, Object... values) throws SQLException {
    try (ResultSet rows = bound(sql, values).executeQuery()) {
      List<T> all = new ArrayList<>();
      while (rows.next()) {
        all.add(reader.read(rows));
      }
      return all;
    }
  }

  /** How many rows a statement changed. */
  int update(String sql, Object... values) throws SQLException {
    return bound(sql, values).executeUpdate();
  }

  /** Commits what {@code work} did if it returns true, and undoes it otherwise. */
  boolean transaction(Work work) throws SQLException {
    // In statements of SQL, as the driver's own state would be another than SQLite's once one
    // fails.
    update("begin immediate");
    boolean ended = false;
    try {
      boolean done = work.run();
      update(done ? "commit" : "rollback");
      ended = true;
      return done;
    } finally {
      if (!ended) {
        undo();
      }
    }
  }

  /** What follows must not join a transaction that could not be ended. */
  private void undo() {
    try {
      update("rollback");
    } catch (SQLException e) {
      // SQLite has undone it by itself (sqlite.org/lang_transaction.html, 3).
    }
  }

  private PreparedStatement bound(String sql, Object... values) throws SQLException {
    PreparedStatement statement = prepared.get(sql);
    if (statement == null) {
      statement = connection.prepareStatement(sql);
      prepared.put(sql, statement);
    }
    for (int i = 0; i < values.length; i++) {
      bind(statement, i + 1, values[i]);
    }
    return statement;
  }

  private static void bind(PreparedStatement statement, int index, Object value)
      throws SQLException {
    if (value instanceof Optional<?> optional) {
      if (optional.isPresent()) {
        bind(statement, index, optional.get());
      } else {
        statement.setObject(index, null);
      }
    } else if (value instanceof Instant time) {
      statement.setLong(index, time.toEpochMilli());
    } else if (value instanceof Enum<?> constant) {
      statement.setString(index, constant.name());
    } else {
      statement.setObject(index, value);
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
