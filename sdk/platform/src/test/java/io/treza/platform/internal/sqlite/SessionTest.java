package io.treza.platform.internal.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a transaction that could not be committed leaves: nothing, and a session that still works. */
class SessionTest {
  @TempDir
  private Path directory;

  private Session session;

  @BeforeEach
  void open() throws SQLException {
    Connection connection = connection();
    // A deferred constraint is looked at by the commit, which fails and leaves the transaction
    // open.
    try (Statement statement = connection.createStatement()) {
      statement.executeUpdate("pragma foreign_keys = on");
      statement.executeUpdate("create table a (id integer primary key)");
      statement.executeUpdate("create table b (a references a deferrable initially deferred)");
    }
    session = new Session(connection);
  }

  @AfterEach
  void close() throws SQLException {
    session.close();
  }

  private Connection connection() throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("test.db"));
  }

  /** As another connection sees it: what has been committed. */
  private int committed(String table) throws SQLException {
    try (Connection other = connection();
        Statement statement = other.createStatement();
        ResultSet row = statement.executeQuery("select count(*) from " + table)) {
      return row.getInt(1);
    }
  }

  private boolean insert(String table) throws SQLException {
    return session.update("insert into " + table + " values (1)") == 1;
  }

  @Test
  void whatFollowsACommitThatFailedIsCommitted() throws SQLException {
    assertThrows(SQLException.class, () -> session.transaction(() -> insert("b")));
    assertEquals(0, committed("b"));
    assertTrue(insert("a"));
    assertEquals(1, committed("a"));
    assertTrue(session.transaction(() -> insert("b")));
    assertEquals(1, committed("b"));
  }

  @Test
  void workThatSaysNoOrFailsIsUndone() throws SQLException {
    assertFalse(session.transaction(() -> !insert("a")));
    assertThrows(
        IllegalStateException.class,
        () -> session.transaction(() -> {
          insert("a");
          throw new IllegalStateException();
        }));
    assertThrows(SQLException.class, () -> session.transaction(() -> insert("a") && insert("c")));
    assertEquals(List.of(), session.query("select id from a", row -> row.getInt(1)));
    assertTrue(session.transaction(() -> insert("a")));
    assertEquals(1, committed("a"));
  }
}
